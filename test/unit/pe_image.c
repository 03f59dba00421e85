// SPDX-License-Identifier: MIT
#include "pe/image.h"
#include "pe/reloc.h"
#include "tap.h"
#include "unit/tiny_pe.h"
#include "unit_machine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { LIMIT = 1 << 20 };

static int parse(const struct tiny_pe *t, struct pe_image *ret_image, struct why *why)
{
	return pe_image_parse((struct bytes){ t->p, sizeof(t->p) }, PE_MACHINE_OURS, LIMIT,
			      ret_image, why);
}

static bool is_one_line(const struct why *why)
{
	if (!why->text[0])
		return false;
	for (const char *c = why->text; *c; c++)
		if (*c < ' ' || *c > '~')
			return false;
	return true;
}

/*
 * Everything a loader does with a file, each block of memory exactly as large
 * as it claims to be. Returns what parse, entry or relocate said.
 */
static int load(const uint8_t *p, size_t n, uint64_t base, struct why *why)
{
	uint8_t *file = malloc(n ? n : 1), *mapped = NULL;
	struct pe_image image;
	struct pe_section s;
	uint32_t entry;
	int r;

	if (n)
		memcpy(file, p, n);
	r = pe_image_parse((struct bytes){ file, n }, PE_MACHINE_OURS, LIMIT, &image, why);
	if (r < 0)
		goto out;
	mapped = calloc(1, image.size);
	pe_image_map(&image, mapped);
	r = pe_image_find_section(&image, ".text", &s);
	r = pe_image_entry(&image, &entry, why);
	if (r < 0)
		goto out;
	r = pe_relocate(&image, mapped, base, why);
out:
	free(mapped);
	free(file);
	return r;
}

static void test_fields(void)
{
	struct tiny_pe t = tiny_new(NULL, 0);
	struct pe_image image;
	struct why why;
	uint32_t entry = 0;

	require(parse(&t, &image, &why) == 0);
	check(image.machine == PE_MACHINE_OURS);
	check(image.subsystem == PE_SUBSYSTEM_EFI_APPLICATION);
	check(image.base == TINY_BASE && image.size == TINY_SIZE);
	check(image.header_size == TINY_HEADERS && image.alignment == 0x1000);
	check(image.entry == TINY_TEXT_RVA);
	check(pe_image_entry(&image, &entry, &why) == 0 && entry == TINY_TEXT_RVA);
	check(image.nx_compat && !image.relocs_stripped);
	check(image.n_sections == 3);
	check(image.relocations.rva == TINY_RELOC_RVA &&
	      image.relocations.size == TINY_RELOC_BYTES);
	check(image.certificates.size == 0 && image.debug.size == 0);
	check(pe_image_is_protectable(&image));
}

static void test_sections(void)
{
	struct tiny_pe t = tiny_new(NULL, 0);
	struct pe_image image;
	struct pe_section s;

	require(parse(&t, &image, NULL) == 0);
	s = pe_image_section(&image, 0);
	check(strcmp(s.name, ".text") == 0 && s.rva == TINY_TEXT_RVA && s.size == 0x100);
	check(s.data.p == t.p + TINY_TEXT_DATA && s.data.n == 0x100);
	check(s.permissions == (PE_READ | PE_EXECUTE));
	s = pe_image_section(&image, 1);
	check(s.size == 0x1800 && s.data.n == 0x80 && s.permissions == (PE_READ | PE_WRITE));
	s = pe_image_section(&image, 2);
	check(strcmp(s.name, ".reloc") == 0 && s.permissions == PE_READ);
}

/* The size in memory and the bytes of file for it, by the two sizes of a section. */
static void test_section_sizes(void)
{
	static const struct {
		uint32_t virtual_size, raw_size, raw_offset;
		uint32_t want_size, want_data;
	} rows[] = {
		{ 0x1800, 0x80, TINY_DATA_DATA, 0x1800, 0x80 }, /* a tail of zeros */
		{ 0x11, 0x80, TINY_DATA_DATA, 0x11, 0x11 },	/* padding of the file */
		{ 0, 0x80, TINY_DATA_DATA, 0x80, 0x80 },	/* a linker without virtual sizes */
		{ 0x1800, 0, TINY_DATA_DATA, 0x1800, 0 },
		{ 0x1800, 0x80, 0, 0x1800, 0 }, /* .bss that claims to be in the file */
		{ 0, 0, 0, 0, 0 },
	};
	struct pe_image image;
	struct pe_section s;
	struct tiny_pe t;

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		t = tiny_new(NULL, 0);
		tiny_put32(&t, tiny_section(1, TINY_VIRTUAL_SIZE), rows[i].virtual_size);
		tiny_put32(&t, tiny_section(1, TINY_RAW_SIZE), rows[i].raw_size);
		tiny_put32(&t, tiny_section(1, TINY_RAW_OFFSET), rows[i].raw_offset);
		require(parse(&t, &image, NULL) == 0);
		s = pe_image_section(&image, 1);
		check_msg(s.size == rows[i].want_size && s.data.n == rows[i].want_data,
			  "sizes, row %u", i);
	}
}

static void test_find(void)
{
	static const struct {
		const char *name, *wanted;
		int want;
	} rows[] = {
		{ ".linux", ".linux", 0 },
		{ ".linuxrc", ".linux", -ENOENT }, /* longer */
		{ ".linux", ".linuxrc", -ENOENT },
		{ ".cmdline", ".cmdline", 0 },	      /* all eight, no NUL */
		{ ".cmdline", ".cmdlines", -ENOENT }, /* nine */
		{ ".text", ".text", -ENOTUNIQ },
		{ ".reloc", ".data", -ENOENT },
		{ "", "", 0 },
	};
	struct pe_section s = { .rva = 1 };
	struct pe_image image;
	struct tiny_pe t;

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		t = tiny_new(NULL, 0);
		strncpy((char *)t.p + tiny_section(1, 0), rows[i].name, 8);
		require(parse(&t, &image, NULL) == 0);
		s.rva = 1;
		check_msg(pe_image_find_section(&image, rows[i].wanted, &s) == rows[i].want,
			  "find %s in %s", rows[i].wanted, rows[i].name);
		check(s.rva == (rows[i].want ? 1 : TINY_DATA_RVA));
	}
}

static void test_map(void)
{
	struct tiny_pe t = tiny_new(NULL, 0);
	uint8_t *mapped = calloc(1, TINY_SIZE), *zero = calloc(1, TINY_SIZE);
	struct pe_image image;

	memset(t.p + TINY_RELOC_DATA + 0x40, 0xee, 0x40); /* padding: not part of the image */
	tiny_put32(&t, tiny_section(2, TINY_VIRTUAL_SIZE), 0x40);
	require(parse(&t, &image, NULL) == 0);
	pe_image_map(&image, mapped);
	check(memcmp(mapped, t.p, TINY_HEADERS) == 0);
	check(memcmp(mapped + TINY_HEADERS, zero, 0x1000 - TINY_HEADERS) == 0);
	check(memcmp(mapped + TINY_TEXT_RVA, t.p + TINY_TEXT_DATA, 0x100) == 0);
	check(memcmp(mapped + TINY_TEXT_RVA + 0x100, zero, 0xf00) == 0);
	check(memcmp(mapped + TINY_DATA_RVA, t.p + TINY_DATA_DATA, 0x80) == 0);
	check(memcmp(mapped + TINY_DATA_RVA + 0x80, zero, 0x1f80) == 0);
	check(memcmp(mapped + TINY_RELOC_RVA, t.p + TINY_RELOC_DATA, 0x40) == 0);
	check(memcmp(mapped + TINY_RELOC_RVA + 0x40, zero, 0xfc0) == 0);
	free(zero);
	free(mapped);
}

struct refusal {
	unsigned off, n_bytes;
	uint64_t value;
	int want;
	const char *text;
};

static const struct refusal refusals[] = {
	{ 0, 2, 0x2123, -ENOEXEC, "not a PE file: it does not begin with MZ" },
	{ 0x3c, 4, 0x3fd, -ENOEXEC,
	  "PE header: its offset 0x3fd, from offset 0x3c, is past the end of the file (0x400)" },
	{ 0x3c, 4, 0x44, -ENOEXEC, "PE header: no PE signature at 0x44" },
	{ TINY_MACHINE, 2, UNIT_OTHER_PE, -ENOTSUP,
	  "for " UNIT_OTHER_PE_NAME ", this machine is " UNIT_PE_NAME },
	{ TINY_MACHINE, 2, 0x14c, -ENOTSUP, "for 32-bit x86, this machine is " UNIT_PE_NAME },
	{ TINY_MACHINE, 2, 0x4711, -ENOTSUP,
	  "for an unknown machine (0x4711), this machine is " UNIT_PE_NAME },
	{ TINY_N_SECTIONS, 2, 5, -ENOEXEC,
	  "section table: 5 sections at 0x148 reach past SizeOfHeaders (0x200)" },
	{ TINY_N_SECTIONS, 2, 0xffff, -ENOEXEC, "COFF header: 65535 sections, more than 1024" },
	{ TINY_OPTIONAL_BYTES, 2, 0x400, -ENOEXEC,
	  "optional header: 0x58+0x400 reaches past the end of the file (0x400)" },
	{ TINY_OPTIONAL_BYTES, 2, 0x6f, -ENOEXEC,
	  "optional header: 111 bytes, PE32+ has at least 112" },
	{ TINY_OPTIONAL_BYTES, 2, 0, -ENOEXEC, "optional header: magic 0x0, not 0x20b (PE32+)" },
	{ TINY_MAGIC, 2, 0x10b, -ENOTSUP,
	  "PE32, the 32-bit format: only PE32+ images can be started" },
	{ TINY_MAGIC, 2, 0x107, -ENOEXEC, "optional header: magic 0x107, not 0x20b (PE32+)" },
	{ TINY_ALIGNMENT, 4, 0, -ENOEXEC,
	  "optional header: SectionAlignment 0x0 is not a power of two up to 0x200000" },
	{ TINY_ALIGNMENT, 4, 0x3000, -ENOEXEC,
	  "optional header: SectionAlignment 0x3000 is not a power of two up to 0x200000" },
	{ TINY_ALIGNMENT, 4, 0x400000, -ENOEXEC,
	  "optional header: SectionAlignment 0x400000 is not a power of two up to 0x200000" },
	{ TINY_IMAGE_SIZE, 4, 0, -ENOEXEC, "optional header: SizeOfImage is 0" },
	{ TINY_IMAGE_SIZE, 4, 0xffffffff, -EFBIG,
	  "optional header: SizeOfImage 0xffffffff is larger than the limit (0x100000)" },
	{ TINY_IMAGE_SIZE, 4, LIMIT + 1, -EFBIG,
	  "optional header: SizeOfImage 0x100001 is larger than the limit (0x100000)" },
	{ TINY_IMAGE_SIZE, 4, 0x1ff, -ENOEXEC,
	  "optional header: SizeOfHeaders 0x200 is larger than SizeOfImage (0x1ff)" },
	{ TINY_IMAGE_SIZE, 4, 0x407f, -ENOEXEC,
	  "section 2 (.reloc): memory 0x4000+0x80 reaches past the end of the image (0x407f)" },
	{ TINY_HEADER_SIZE, 4, 0x401, -ENOEXEC,
	  "optional header: SizeOfHeaders 0x401 is larger than the file (0x400)" },
	{ TINY_HEADER_SIZE, 4, 0x1bf, -ENOEXEC,
	  "section table: 3 sections at 0x148 reach past SizeOfHeaders (0x1bf)" },
	{ TINY_SUBSYSTEM, 2, 3, -ENOTSUP,
	  "optional header: subsystem 3 is not an EFI application or driver" },
	{ TINY_SUBSYSTEM, 2, 13, -ENOTSUP,
	  "optional header: subsystem 13 is not an EFI application or driver" },
	{ TINY_N_DIRECTORIES, 4, 17, -ENOEXEC,
	  "optional header: 17 data directories do not fit its 240 bytes" },
	{ TINY_RELOC_DIRECTORY + 4, 4, 0x1001, -ENOEXEC,
	  "base relocations: 0x4000+0x1001 reach past the end of the image (0x5000)" },
	{ TINY_RELOC_DIRECTORY, 4, 0xfffffff0, -ENOEXEC,
	  "base relocations: 0xfffffff0+0x10 reach past the end of the image (0x5000)" },
	{ TINY_SECTIONS + TINY_RAW_SIZE, 4, 0x201, -ENOEXEC,
	  "section 0 (.text): raw data 0x200+0x201 reaches past the end of the file (0x400)" },
	{ TINY_SECTIONS + TINY_RAW_OFFSET, 4, 0xfffffff0, -ENOEXEC,
	  "section 0 (.text): raw data 0xfffffff0+0x100 reaches past the end of the file (0x400)" },
	{ TINY_SECTIONS + TINY_RVA, 4, 0x1ff, -ENOEXEC,
	  "section 0 (.text): memory 0x1ff+0x100 overlaps the headers (0x200 bytes)" },
	{ TINY_SECTIONS + TINY_RVA, 4, 0xffffff80, -ENOEXEC,
	  "section 0 (.text): memory 0xffffff80+0x100 reaches past the end of the image (0x5000)" },
	{ TINY_SECTIONS + TINY_VIRTUAL_SIZE, 4, 0x1001, -ENOEXEC,
	  "section 1 (.data): memory 0x2000+0x1800 overlaps section 0 (.text) at 0x1000+0x1001" },
	{ TINY_SECTIONS + 2 * TINY_SECTION_BYTES + TINY_RVA, 4, 0x1f81, -ENOEXEC,
	  "section 2 (.reloc): memory 0x1f81+0x80 overlaps section 1 (.data) at 0x2000+0x1800" },
	{ TINY_SECTIONS + 2 * TINY_SECTION_BYTES + TINY_RVA, 4, 0x1010, -ENOEXEC,
	  "section 2 (.reloc): memory 0x1010+0x80 overlaps section 0 (.text) at 0x1000+0x100" },
};

static void test_refusals(void)
{
	const struct refusal *row;
	struct pe_image image;
	struct tiny_pe t;
	struct why why;
	int r;

	for (unsigned i = 0; i < ARRAY_SIZE(refusals); i++) {
		row = &refusals[i];
		t = tiny_new(NULL, 0);
		tiny_put(&t, row->off, row->value, row->n_bytes);
		why.text[0] = 0;
		memset(&image, 0xa5, sizeof(image));
		r = parse(&t, &image, &why);
		check_msg(r == row->want && strcmp(why.text, row->text) == 0, "%s", row->text);
		if (strcmp(why.text, row->text))
			printf("# got %d: %s\n", r, why.text);
		check(image.size == 0xa5a5a5a5); /* changed on success only */
	}
}

struct acceptance {
	unsigned off, n_bytes;
	uint64_t value;
	bool protectable;
	const char *text;
};

/* Odd, but found in images that firmware boots. */
static const struct acceptance acceptances[] = {
	{ TINY_ALIGNMENT, 4, 0x20, true, "alignment below a page, sections on pages" },
	{ TINY_SECTIONS + TINY_RVA, 4, 0x1200, false, "section at no multiple of alignment" },
	{ TINY_SECTIONS + TINY_RVA, 4, 0x200, false, "section right behind the headers" },
	{ TINY_SECTIONS + 2 * TINY_SECTION_BYTES + TINY_RVA, 4, 0x1800, false, "unsorted" },
	{ TINY_SECTIONS + 2 * TINY_SECTION_BYTES + TINY_RVA, 4, 0x1f80, false, "touching" },
	{ TINY_SECTIONS + 2 * TINY_SECTION_BYTES + TINY_RVA, 4, 0x1100, false,
	  "unsorted and touching" },
	{ TINY_SECTIONS + TINY_PERMISSIONS, 4, 0xe0000020, false, "written and executed" },
	{ TINY_DLL_CHARACTERISTICS, 2, 0, false, "no NX_COMPAT" },
	{ TINY_SUBSYSTEM, 2, 11, true, "boot service driver" },
	{ TINY_SUBSYSTEM, 2, 12, true, "runtime driver" },
	{ TINY_N_DIRECTORIES, 4, 5, true, "no relocation directory" },
	{ TINY_N_DIRECTORIES, 4, 0, true, "no directory at all" },
	{ TINY_N_SECTIONS, 2, 0, true, "no section" },
	{ TINY_IMAGE_SIZE, 4, 0xf000, true, "memory behind the last section" },
	{ TINY_ENTRY, 4, 0xfffffff0, true, "an entry that is nowhere: an addon" },
};

static void test_acceptances(void)
{
	const struct acceptance *row;
	struct pe_image image;
	struct tiny_pe t;
	struct why why;

	for (unsigned i = 0; i < ARRAY_SIZE(acceptances); i++) {
		row = &acceptances[i];
		t = tiny_new(NULL, 0);
		tiny_put(&t, row->off, row->value, row->n_bytes);
		why.text[0] = 0;
		if (!check_msg(parse(&t, &image, &why) == 0, "%s", row->text)) {
			printf("# %s\n", why.text);
			continue;
		}
		check(pe_image_is_protectable(&image) == row->protectable);
	}
}

/* The third overlaps the first, and the second lies before both. */
static void test_unsorted_overlap(void)
{
	struct tiny_pe t = tiny_new(NULL, 0);
	struct pe_image image;
	struct why why;

	tiny_put32(&t, tiny_section(0, TINY_RVA), 0x4000);
	tiny_put32(&t, tiny_section(1, TINY_RVA), 0x1000);
	tiny_put32(&t, tiny_section(2, TINY_RVA), 0x4080);
	check(parse(&t, &image, &why) == -ENOEXEC);
	check(strcmp(why.text,
		     "section 2 (.reloc): memory 0x4080+0x80 overlaps section 0 (.text) at "
		     "0x4000+0x100") == 0);
}

static void test_entry(void)
{
	static const struct {
		uint32_t entry;
		uint16_t nx;
		int want;
	} rows[] = {
		{ 0x1000, 0x100, 0 },	     { 0x10ff, 0x100, 0 },
		{ 0x1100, 0x100, -ENOEXEC },		      /* a gap */
		{ 0, 0, -ENOEXEC },	     { 0x1ff, 0, 0 }, /* old linkers: in the headers */
		{ 0x1ff, 0x100, -ENOEXEC },  { 0x2000, 0, 0 },
		{ 0x2000, 0x100, -ENOEXEC }, /* .data */
		{ 0x5000, 0, -ENOEXEC },     { 0xffffffff, 0, -ENOEXEC },
	};
	struct pe_image image;
	struct tiny_pe t;
	struct why why;
	uint32_t entry;

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		t = tiny_new(NULL, 0);
		tiny_put32(&t, TINY_ENTRY, rows[i].entry);
		tiny_put16(&t, TINY_DLL_CHARACTERISTICS, rows[i].nx);
		require(parse(&t, &image, NULL) == 0);
		entry = 7;
		check_msg(pe_image_entry(&image, &entry, &why) == rows[i].want, "entry 0x%x",
			  rows[i].entry);
		check(entry == (rows[i].want ? 7 : rows[i].entry));
	}
}

/* A name is printed as far as it can be. */
static void test_name_in_message(void)
{
	struct tiny_pe t = tiny_new(NULL, 0);
	struct pe_image image;
	struct why why;

	memcpy(t.p + tiny_section(0, 0), "\n%s\x80\x1b[1", 8);
	tiny_put32(&t, tiny_section(0, TINY_RAW_SIZE), 0x201);
	check(parse(&t, &image, &why) == -ENOEXEC);
	check(strncmp(why.text, "section 0 (?%s??[1): ", 21) == 0);
}

static void test_not_pe(void)
{
	static const char text[] = "#!/bin/sh\necho not an image\n";
	struct why why;

	check(load((const uint8_t *)"", 0, 0, &why) == -ENOEXEC);
	check(strcmp(why.text, "the file is empty") == 0);
	check(load((const uint8_t *)text, sizeof(text), 0, &why) == -ENOEXEC);
	check(strcmp(why.text, "not a PE file: it does not begin with MZ") == 0);
}

static void test_truncations(void)
{
	struct tiny_pe t = tiny_new(NULL, 0);
	unsigned n_refused = 0, n_lines = 0;
	struct why why;

	check(load(t.p, TINY_BYTES, 0x100000, &why) == 0);
	for (unsigned n = 0; n < TINY_BYTES; n++) {
		why.text[0] = 0;
		n_refused += load(t.p, n, 0x100000, &why) == -ENOEXEC;
		n_lines += is_one_line(&why);
	}
	check_msg(n_refused == TINY_BYTES, "each truncation is refused (%u)", n_refused);
	check_msg(n_lines == TINY_BYTES, "in one line (%u)", n_lines);
}

/* Each byte of headers and relocations with each value: nothing but 0 or one line. */
static void test_mutations(void)
{
	unsigned n_ok = 0, n_refused = 0, n_other = 0;
	struct tiny_pe t = tiny_new(NULL, 0);
	struct why why;
	uint8_t was;
	int r;

	for (unsigned off = 0; off < TINY_BYTES; off++) {
		if (off == TINY_TEXT_DATA)
			off = TINY_RELOC_DATA; /* code and data are nobody's business here */
		was = t.p[off];
		for (unsigned v = 0; v < 256; v++) {
			t.p[off] = (uint8_t)v;
			why.text[0] = 0;
			r = load(t.p, TINY_BYTES, 0x7f00000, &why);
			if (r == 0)
				n_ok++;
			else if ((r == -ENOEXEC || r == -ENOTSUP || r == -EFBIG) &&
				 is_one_line(&why))
				n_refused++;
			else
				n_other++;
		}
		t.p[off] = was;
	}
	check_msg(n_other == 0, "mutations: %u load, %u refused in one line", n_ok, n_refused);
	check(n_ok > 10000 && n_refused > 10000);
}

int main(void)
{
	test_fields();
	test_sections();
	test_section_sizes();
	test_find();
	test_map();
	test_refusals();
	test_acceptances();
	test_unsorted_overlap();
	test_entry();
	test_name_in_message();
	test_not_pe();
	test_truncations();
	test_mutations();
	return tap_done();
}
