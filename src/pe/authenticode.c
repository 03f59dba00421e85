// SPDX-License-Identifier: MIT
#include "pe/authenticode.h"

enum {
	CHECKSUM = 64, /* in the optional header */
	CHECKSUM_BYTES = 4,
	N_DIRECTORIES = 108,
	CERTIFICATE_DIRECTORY = 112 + 4 * 8,
	DIRECTORY_BYTES = 8,
};

static void add(struct bytes *pieces, unsigned *inout_n, struct bytes piece)
{
	if (piece.n)
		pieces[(*inout_n)++] = piece;
}

static struct bytes part(const struct pe_image *image, uint64_t from, uint64_t to)
{
	struct bytes piece = { 0 };

	if (from < to)
		(void)bytes_sub(image->file, from, to - from, &piece);
	return piece;
}

/* The headers without the two fields that signing changes. */
static void add_headers(const struct pe_image *image, struct bytes *pieces, unsigned *inout_n)
{
	const uint64_t checksum = image->optional_header + CHECKSUM;
	const uint64_t directory = image->optional_header + CERTIFICATE_DIRECTORY;
	uint64_t behind = checksum + CHECKSUM_BYTES;
	uint32_t n_directories = 0;

	add(pieces, inout_n, part(image, 0, checksum));
	(void)bytes_le32(image->file, image->optional_header + N_DIRECTORIES, &n_directories);
	if (n_directories > 4) {
		add(pieces, inout_n, part(image, behind, directory));
		behind = directory + DIRECTORY_BYTES;
	}
	add(pieces, inout_n, part(image, behind, image->header_size));
}

/* By where they stand in the file; linkers put them down in that order already. */
static void sort(struct bytes *piece, unsigned n)
{
	for (unsigned i = 1; i < n; i++) {
		const struct bytes b = piece[i];
		unsigned at = i;

		for (; at > 0 && piece[at - 1].p > b.p; at--)
			piece[at] = piece[at - 1];
		piece[at] = b;
	}
}

unsigned pe_signed_pieces(const struct pe_image *image, struct bytes *ret_pieces)
{
	uint64_t n_hashed = image->header_size, end = image->file.n;
	unsigned n = 0, first;

	add_headers(image, ret_pieces, &n);
	first = n;
	for (unsigned i = 0; i < image->n_sections; i++) {
		const struct pe_section s = pe_image_section(image, i);

		add(ret_pieces, &n, s.raw);
		n_hashed += s.raw.n;
	}
	sort(ret_pieces + first, n - first);
	if (image->certificates.size <= end)
		end -= image->certificates.size;
	/* what is left begins where a file without gaps would have it: so says the format */
	add(ret_pieces, &n, part(image, n_hashed, end));
	return n;
}

uint32_t pe_checksum_noted(const struct pe_image *image)
{
	uint32_t v = 0;

	(void)bytes_le32(image->file, image->optional_header + CHECKSUM, &v);
	return v;
}

uint32_t pe_checksum(const struct pe_image *image)
{
	const uint64_t field = image->optional_header + CHECKSUM;
	const struct bytes file = image->file;
	uint64_t sum = 0;

	for (uint64_t i = 0; i < file.n; i++)
		if (i - field >= CHECKSUM_BYTES)
			sum += (uint64_t)file.p[i] << 8 * (i % 2);
	/* 16 bits with their carries added in again, then the length */
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint32_t)(sum + file.n);
}
