// SPDX-License-Identifier: MIT
#include "pe/reloc.h"
#include "tap.h"
#include "unit/tiny_pe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* An image in memory; released by drop(). */
struct loaded {
	struct tiny_pe file;
	struct pe_image image;
	uint8_t *mapped;
};

static void load(struct loaded *l)
{
	struct bytes file = { l->file.p, sizeof(l->file.p) };

	require(pe_image_parse(file, PE_MACHINE_OURS, 1 << 20, &l->image, NULL) == 0);
	l->mapped = calloc(1, l->image.size);
	pe_image_map(&l->image, l->mapped);
}

static void drop(struct loaded *l)
{
	free(l->mapped);
}

static uint64_t word(const struct loaded *l, unsigned rva)
{
	uint64_t v = 0;

	(void)!bytes_le64((struct bytes){ l->mapped, l->image.size }, rva, &v);
	return v;
}

static void test_moves(void)
{
	static const uint64_t bases[] = { 0, 0x1000, TINY_BASE, 0x7fff00000, 0xfffffffffffff000 };
	struct loaded l;

	for (unsigned i = 0; i < ARRAY_SIZE(bases); i++) {
		l.file = tiny_new(NULL, 0);
		load(&l);
		check(pe_relocate(&l.image, l.mapped, bases[i], NULL) == 0);
		check(word(&l, TINY_DATA_RVA) == bases[i] + TINY_TEXT_RVA);
		check(word(&l, TINY_DATA_RVA + 8) == 0);
		check(word(&l, TINY_DATA_RVA + 16) == bases[i] + TINY_TEXT_RVA);
		drop(&l);
	}
}

static void test_stripped(void)
{
	struct loaded l = { .file = tiny_new(NULL, 0) };
	struct why why;

	tiny_put16(&l.file, TINY_CHARACTERISTICS, 0x0023);
	tiny_put64(&l.file, TINY_RELOC_DIRECTORY, 0);
	load(&l);
	check(l.image.relocs_stripped);
	check(pe_relocate(&l.image, l.mapped, TINY_BASE, &why) == 0);
	check(pe_relocate(&l.image, l.mapped, 0x1000, &why) == -ENOEXEC);
	check(strcmp(why.text, "the image has no relocations and runs only at 0x140000000, not at "
			       "0x1000") == 0);
	drop(&l);
}

static void test_position_independent(void)
{
	struct loaded l = { .file = tiny_new(NULL, 0) };

	tiny_put64(&l.file, TINY_RELOC_DIRECTORY, 0);
	load(&l);
	check(pe_relocate(&l.image, l.mapped, 0x1000, NULL) == 0);
	check(word(&l, TINY_DATA_RVA) == TINY_BASE + TINY_TEXT_RVA);
	drop(&l);
}

/* What gnu-efi links in to have a table at all: a block of ten bytes, two of padding. */
static void test_dummy_table(void)
{
	struct loaded l = { .file = tiny_new(NULL, 0) };

	tiny_put32(&l.file, TINY_RELOC_DIRECTORY + 4, 12);
	tiny_put32(&l.file, TINY_RELOC_DATA, 0);
	tiny_put32(&l.file, TINY_RELOC_DATA + 4, 10);
	tiny_put32(&l.file, TINY_RELOC_DATA + 8, 0);
	load(&l);
	check(pe_relocate(&l.image, l.mapped, 0x1000, NULL) == 0);
	check(word(&l, TINY_DATA_RVA) == TINY_BASE + TINY_TEXT_RVA);
	drop(&l);
}

static void test_two_blocks(void)
{
	struct loaded l = { .file = tiny_new(NULL, 0) };

	tiny_put32(&l.file, TINY_RELOC_DIRECTORY + 4, 12 + 10);
	tiny_put32(&l.file, TINY_RELOC_DATA + 4, 12);
	tiny_put32(&l.file, TINY_RELOC_DATA + 12, TINY_SIZE - 0x1000);
	tiny_put32(&l.file, TINY_RELOC_DATA + 16, 10);
	tiny_put16(&l.file, TINY_RELOC_DATA + 20, 0xaff8); /* the last eight bytes */
	load(&l);
	check(pe_relocate(&l.image, l.mapped, TINY_BASE + 5, NULL) == 0);
	check(word(&l, TINY_DATA_RVA + 16) == TINY_BASE + TINY_TEXT_RVA + 5);
	check(word(&l, TINY_SIZE - 8) == 5);
	drop(&l);
}

struct refusal {
	unsigned off, n_bytes;
	uint32_t value;
	const char *text;
};

static const struct refusal refusals[] = {
	{ TINY_RELOC_DATA + 4, 4, 0,
	  "base relocations: block at 0x4000 has size 0x0, of 0x10 bytes left" },
	{ TINY_RELOC_DATA + 4, 4, 7,
	  "base relocations: block at 0x4000 has size 0x7, of 0x10 bytes left" },
	{ TINY_RELOC_DATA + 4, 4, 15,
	  "base relocations: block at 0x4000 has size 0xf, of 0x10 bytes left" },
	{ TINY_RELOC_DATA + 4, 4, 18,
	  "base relocations: block at 0x4000 has size 0x12, of 0x10 bytes left" },
	{ TINY_RELOC_DATA + 4, 4, 0xfffffffe,
	  "base relocations: block at 0x4000 has size 0xfffffffe, of 0x10 bytes left" },
	{ TINY_RELOC_DATA, 4, 0x4ff9,
	  "base relocations: address 0x4ff9 is outside the image (0x5000)" },
	{ TINY_RELOC_DATA, 4, 0xfffffff8,
	  "base relocations: address 0xfffffff8 is outside the image (0x5000)" },
	{ TINY_RELOC_DATA + 8, 2, 0x7004, "base relocations: unknown type 7 at 0x2004" },
};

/* As EDK2 applies them: 16 and 32 bits of a number wrap, and what stands beside stays. */
static void test_narrow(void)
{
	static const struct {
		uint16_t entry;
		uint64_t before, after;
	} rows[] = {
		{ 0x3008, 0x11223344f0000000, 0x1122334412345000 }, /* HIGHLOW */
		{ 0x1008, 0x112233445566ff00, 0x1122334455662134 }, /* HIGH */
		{ 0x2008, 0x112233445566c000, 0x1122334455661000 }, /* LOW */
	};
	struct loaded l;
	struct why why;

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		l.file = tiny_new(NULL, 0);
		tiny_put16(&l.file, TINY_RELOC_DATA + 8, rows[i].entry);
		tiny_put16(&l.file, TINY_RELOC_DATA + 10, 0);
		load(&l);
		memcpy(l.mapped + TINY_DATA_RVA + 8, &rows[i].before, 8);
		check(pe_relocate(&l.image, l.mapped, TINY_BASE + 0x922345000, &why) == -ERANGE);
		check(strstr(why.text, "above 4 GiB"));
		drop(&l);
		load(&l);
		memcpy(l.mapped + TINY_DATA_RVA + 8, &rows[i].before, 8);
		check(pe_relocate(&l.image, l.mapped, TINY_BASE - 0xddcbb000, &why) == 0);
		check_msg(word(&l, TINY_DATA_RVA + 8) == rows[i].after, "entry %#x: %#jx",
			  rows[i].entry, (uintmax_t)word(&l, TINY_DATA_RVA + 8));
		drop(&l);
	}
}

/* Wherever it goes: a table is checked even if there is nothing to change. */
static void test_refusals(void)
{
	static const uint64_t bases[] = { TINY_BASE, 0x1000 };
	struct loaded l;
	struct why why;

	for (unsigned i = 0; i < 2 * ARRAY_SIZE(refusals); i++) {
		const struct refusal *row = &refusals[i / 2];

		l.file = tiny_new(NULL, 0);
		tiny_put(&l.file, row->off, row->value, row->n_bytes);
		load(&l);
		check(pe_relocate(&l.image, l.mapped, bases[i % 2], &why) == -ENOEXEC);
		check_msg(strcmp(why.text, row->text) == 0, "%s", why.text);
		drop(&l);
	}
}

/* An address that 32 bits would bring back to the start. */
static void test_wrap(void)
{
	struct loaded l = { .file = tiny_new(NULL, 0) };
	struct why why;

	tiny_put32(&l.file, TINY_RELOC_DATA, 0xfffff800);
	tiny_put16(&l.file, TINY_RELOC_DATA + 8, 0xa800);
	load(&l);
	check(pe_relocate(&l.image, l.mapped, 0x1000, &why) == -ENOEXEC);
	check(strcmp(why.text, "base relocations: address 0x100000000 is outside the image "
			       "(0x5000)") == 0);
	drop(&l);
}

/* A table that rewrites itself: what counts is what it says when it is read. */
static void test_self_modifying(void)
{
	struct loaded l = { .file = tiny_new(NULL, 0) };
	struct why why;

	/* adding 0x60000 to the entry behind it makes of an ABSOLUTE one of type 6 */
	tiny_put32(&l.file, TINY_RELOC_DATA, TINY_RELOC_RVA);
	tiny_put16(&l.file, TINY_RELOC_DATA + 8, 0xa008);
	tiny_put16(&l.file, TINY_RELOC_DATA + 10, 0x0000);
	load(&l);
	check(pe_relocate(&l.image, l.mapped, TINY_BASE + 0x60000000, &why) == -ENOEXEC);
	check_msg(strcmp(why.text, "base relocations: unknown type 6 at 0x4000") == 0, "%s",
		  why.text);
	drop(&l);
}

int main(void)
{
	test_moves();
	test_stripped();
	test_position_independent();
	test_dummy_table();
	test_two_blocks();
	test_narrow();
	test_refusals();
	test_wrap();
	test_self_modifying();
	return tap_done();
}
