// SPDX-License-Identifier: MIT
/* A signature made by sbsign: what is said of it, and of the file when that or it was changed. */
#include "pe/authenticode.h"
#include "pe/certificates.h"
#include "tap.h"
#include "tiny_signature.h"
#include "inspect/signature.h"

static uint8_t file[TINY_SIGNED_BYTES + 8];

static struct signature read_one(void)
{
	struct pe_certificate c;
	struct signature s;
	struct pe_image pe;
	uint32_t at = 0;

	require(pe_image_parse((struct bytes){ file, TINY_SIGNED_BYTES }, PE_MACHINE_X86_64,
			       UINT32_MAX, &pe, NULL) == 0);
	require(pe_certificate_next(&pe, &at, &c) == 1);
	signature_read(&pe, c.data, &s);
	return s;
}

static void test_whole(void)
{
	struct signature s = read_one();

	check(!s.problem && s.of_this_file == SIGNATURE_YES && s.by_its_key == SIGNATURE_YES);
	check(!strcmp(s.subject, "CN = tiny") && !strcmp(s.issuer, "CN = tiny"));
	check(!strcmp(s.from, "2026-11-21T12:18:54Z") && !strcmp(s.until, "2036-11-18T12:18:54Z"));
	/* as osslsigncode says */
	check(!strcmp(s.algorithm, "SHA256") && s.n_digest == 32 && s.digest[0] == 0x96 &&
	      s.digest[1] == 0xde && s.digest[31] == 0xf6);
}

/* Each byte in turn: either it is covered, or it is one that signing itself writes. */
static void test_changed_file(void)
{
	unsigned n_uncovered = 0, n_wrong = 0;
	struct pe_image pe;

	for (unsigned i = 0; i < TINY_BYTES; i++) {
		const bool free_to_change = (i >= TINY_CHECKSUM && i < TINY_CHECKSUM + 4) ||
					    (i >= TINY_CERTIFICATES && i < TINY_CERTIFICATES + 8);
		struct pe_certificate c = { .data = { tiny_signature + 8,
						      sizeof(tiny_signature) - 8 } };
		struct signature s;

		file[i] ^= 1;
		if (pe_image_parse((struct bytes){ file, TINY_SIGNED_BYTES }, PE_MACHINE_X86_64,
				   UINT32_MAX, &pe, NULL) == 0) {
			pe.certificates.size = sizeof(tiny_signature);
			signature_read(&pe, c.data, &s);
			n_uncovered += s.of_this_file == SIGNATURE_YES;
			n_wrong += (s.of_this_file == SIGNATURE_YES) != free_to_change;
		}
		file[i] ^= 1;
	}
	check_msg(n_wrong == 0 && n_uncovered == 12, "each byte but the 12 of signing is covered");
}

/* Where the signature has the file's digest. */
static uint8_t *find_digest(const struct signature *s)
{
	for (unsigned i = TINY_BYTES; i + s->n_digest <= TINY_SIGNED_BYTES; i++)
		if (!memcmp(file + i, s->digest, s->n_digest))
			return file + i;
	return NULL;
}

static void test_changed_signature(void)
{
	struct signature s = read_one();
	uint8_t *digest = find_digest(&s);

	require(digest);
	digest[5] ^= 1;
	s = read_one();
	check(s.of_this_file == SIGNATURE_NO && s.by_its_key == SIGNATURE_NO);
	digest[5] ^= 1;
	file[TINY_BYTES + 8] = 0x31;
	s = read_one();
	check(s.problem && s.of_this_file == SIGNATURE_UNKNOWN && !s.n_digest);
	file[TINY_BYTES + 8] = 0x30;
	/* the end of the table is the number that the key made */
	file[TINY_SIGNED_BYTES - 8] ^= 1;
	s = read_one();
	check(s.of_this_file == SIGNATURE_YES && s.by_its_key == SIGNATURE_NO);
	file[TINY_SIGNED_BYTES - 8] ^= 1;
}

static void test_checksum(void)
{
	struct pe_image pe;

	require(pe_image_parse((struct bytes){ file, TINY_SIGNED_BYTES }, PE_MACHINE_X86_64,
			       UINT32_MAX, &pe, NULL) == 0);
	check(pe_checksum_noted(&pe) == TINY_SIGNED_CHECKSUM && pe_checksum(&pe) == 0x6013);
	file[0x300] ^= 0x80;
	check(pe_checksum(&pe) != 0x6013);
	file[0x300] ^= 0x80;
}

/* A table that has the sections in another order than the file: that of the file counts. */
static void test_order(void)
{
	struct bytes piece[3 + PE_SIGNED_PIECES];
	uint8_t first[TINY_SECTION_BYTES], *table = file + TINY_SECTIONS;
	struct pe_image pe;
	unsigned n, n_wrong = 0;

	memcpy(first, table, sizeof(first));
	memmove(table, table + sizeof(first), sizeof(first));
	memcpy(table + sizeof(first), first, sizeof(first));
	require(pe_image_parse((struct bytes){ file, TINY_SIGNED_BYTES }, PE_MACHINE_X86_64,
			       UINT32_MAX, &pe, NULL) == 0);
	n = pe_signed_pieces(&pe, piece);
	for (unsigned i = 1; i < n; i++)
		n_wrong += piece[i].p < piece[i - 1].p + piece[i - 1].n;
	check(n == 6 && n_wrong == 0);
}

int main(void)
{
	tiny_sign(file);
	test_whole();
	test_changed_file();
	test_changed_signature();
	test_checksum();
	test_order();
	return tap_done();
}
