// SPDX-License-Identifier: MIT
#include "pe/authenticode.h"

#include <errno.h>

enum {
	SECTION_BYTES = 40,
	SECTION_RAW_SIZE = 16,
	SECTION_RAW_OFFSET = 20,
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

/*
 * What the header says, and not what a loader makes of it: one that has data at offset 0, which is
 * none when it is loaded, has the file's beginning hashed once more.
 */
static struct bytes section_part(const struct pe_image *image, unsigned i)
{
	const uint64_t header = image->section_table + (uint64_t)i * SECTION_BYTES;
	uint32_t size = 0, offset = 0;

	(void)bytes_le32(image->file, header + SECTION_RAW_SIZE, &size);
	(void)bytes_le32(image->file, header + SECTION_RAW_OFFSET, &offset);
	return part(image, offset, (uint64_t)offset + size);
}

/* Bytes of headers and sections: how far they would reach in a file without gaps. */
static uint64_t hashed_bytes(const struct pe_image *image)
{
	uint64_t n = image->header_size;

	for (unsigned i = 0; i < image->n_sections; i++)
		n += section_part(image, i).n;
	return n;
}

unsigned pe_signed_pieces(const struct pe_image *image, struct bytes *ret_pieces)
{
	const uint64_t n_hashed = hashed_bytes(image);
	uint64_t end = image->file.n;
	unsigned n = 0, first;

	add_headers(image, ret_pieces, &n);
	first = n;
	for (unsigned i = 0; i < image->n_sections; i++)
		add(ret_pieces, &n, section_part(image, i));
	sort(ret_pieces + first, n - first);
	if (image->certificates.size <= end)
		end -= image->certificates.size;
	/* what is left begins where a file without gaps would have it: so says the format */
	add(ret_pieces, &n, part(image, n_hashed, end));
	return n;
}

int pe_check_signed_layout(const struct pe_image *image, struct why *why)
{
	const struct pe_directory *table = &image->certificates;
	const uint64_t n_hashed = hashed_bytes(image);

	if (table->size == 0)
		return 0;
	if ((uint64_t)table->rva + table->size != image->file.n)
		return why_set(why, -EBADMSG,
			       "certificate table: 0x%x+0x%x is not the end of the file (0x%zx)",
			       table->rva, table->size, image->file.n);
	if (n_hashed > table->rva)
		return why_set(why, -EBADMSG,
			       "certificate table: at 0x%x, headers and sections have 0x%jx bytes",
			       table->rva, (uintmax_t)n_hashed);
	return 0;
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
