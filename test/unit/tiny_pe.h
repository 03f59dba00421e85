/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * The smallest EFI application with all a loader has to look at, built here so
 * that no test needs a binary file: 1024 bytes, three sections, two relocations.
 *
 *	file	memory
 *	0	0	headers
 *	200	1000	.text	0x100 bytes r-x, the code of the caller
 *	300	2000	.data	0x80 bytes of file, 0x1800 of memory, rw-
 *	380	4000	.reloc	0x80 bytes r--, the last of image and file
 *
 * .data holds two pointers to the entry point, at 2000 and 2010, both
 * relocated. Tests change what they like with tiny_put*().
 */
#include "pe/image.h"
#include "pe_machine.h"
#include "unit_machine.h"

#include <stdint.h>
#include <string.h>

#define TINY_BASE 0x140000000ull

enum {
	TINY_BYTES = 1024,
	TINY_HEADERS = 0x200, /* SizeOfHeaders */
	TINY_SIZE = 0x5000,   /* SizeOfImage */

	/* offsets in the file */
	TINY_PE = 0x40,
	TINY_COFF = TINY_PE + 4,
	TINY_MACHINE = TINY_COFF,
	TINY_N_SECTIONS = TINY_COFF + 2,
	TINY_OPTIONAL_BYTES = TINY_COFF + 16,
	TINY_CHARACTERISTICS = TINY_COFF + 18,
	TINY_OPTIONAL = TINY_COFF + 20,
	TINY_MAGIC = TINY_OPTIONAL,
	TINY_ENTRY = TINY_OPTIONAL + 16,
	TINY_IMAGE_BASE = TINY_OPTIONAL + 24,
	TINY_ALIGNMENT = TINY_OPTIONAL + 32,
	TINY_FILE_ALIGNMENT = TINY_OPTIONAL + 36,
	TINY_IMAGE_SIZE = TINY_OPTIONAL + 56,
	TINY_HEADER_SIZE = TINY_OPTIONAL + 60,
	TINY_SUBSYSTEM = TINY_OPTIONAL + 68,
	TINY_DLL_CHARACTERISTICS = TINY_OPTIONAL + 70,
	TINY_N_DIRECTORIES = TINY_OPTIONAL + 108,
	TINY_RELOC_DIRECTORY = TINY_OPTIONAL + 112 + 5 * 8,
	TINY_SECTIONS = TINY_OPTIONAL + 240,
	TINY_SECTION_BYTES = 40,

	/* in a section header */
	TINY_VIRTUAL_SIZE = 8,
	TINY_RVA = 12,
	TINY_RAW_SIZE = 16,
	TINY_RAW_OFFSET = 20,
	TINY_PERMISSIONS = 36,

	/* in the file: what the sections hold */
	TINY_TEXT_DATA = 0x200,
	TINY_DATA_DATA = 0x300,
	TINY_RELOC_DATA = 0x380,
	TINY_TEXT_BYTES = 0x100,
	TINY_RELOC_BYTES = 16, /* of the relocation directory */

	/* in memory */
	TINY_TEXT_RVA = 0x1000,
	TINY_DATA_RVA = 0x2000,
	TINY_RELOC_RVA = 0x4000,
};

struct tiny_pe {
	uint8_t p[TINY_BYTES];
};

/* Offset of a field of section i. */
static inline unsigned tiny_section(unsigned i, unsigned field)
{
	return TINY_SECTIONS + i * TINY_SECTION_BYTES + field;
}

static inline void tiny_put(struct tiny_pe *t, unsigned off, uint64_t v, unsigned n_bytes)
{
	for (unsigned i = 0; i < n_bytes; i++)
		t->p[off + i] = (uint8_t)(v >> 8 * i);
}

static inline void tiny_put16(struct tiny_pe *t, unsigned off, uint16_t v)
{
	tiny_put(t, off, v, 2);
}

static inline void tiny_put32(struct tiny_pe *t, unsigned off, uint32_t v)
{
	tiny_put(t, off, v, 4);
}

static inline void tiny_put64(struct tiny_pe *t, unsigned off, uint64_t v)
{
	tiny_put(t, off, v, 8);
}

struct tiny_section {
	const char *name;
	uint32_t rva, virtual_size, raw_offset, raw_size, characteristics;
};

static inline void tiny_put_section(struct tiny_pe *t, unsigned i, const struct tiny_section *s)
{
	memset(t->p + tiny_section(i, 0), 0, 8);
	memcpy(t->p + tiny_section(i, 0), s->name, strnlen(s->name, 8));
	tiny_put32(t, tiny_section(i, TINY_VIRTUAL_SIZE), s->virtual_size);
	tiny_put32(t, tiny_section(i, TINY_RVA), s->rva);
	tiny_put32(t, tiny_section(i, TINY_RAW_SIZE), s->raw_size);
	tiny_put32(t, tiny_section(i, TINY_RAW_OFFSET), s->raw_offset);
	tiny_put32(t, tiny_section(i, TINY_PERMISSIONS), s->characteristics);
}

static inline void tiny_put_headers(struct tiny_pe *t)
{
	memcpy(t->p, "MZ", 2);
	tiny_put32(t, 0x3c, TINY_PE);
	memcpy(t->p + TINY_PE, "PE\0", 4);
	tiny_put16(t, TINY_MACHINE, PE_MACHINE_OURS);
	tiny_put16(t, TINY_N_SECTIONS, 3);
	tiny_put16(t, TINY_OPTIONAL_BYTES, 240);
	tiny_put16(t, TINY_CHARACTERISTICS, 0x0022); /* executable, large addresses */
	tiny_put16(t, TINY_MAGIC, 0x20b);
	tiny_put32(t, TINY_ENTRY, TINY_TEXT_RVA);
	tiny_put64(t, TINY_IMAGE_BASE, TINY_BASE);
	tiny_put32(t, TINY_ALIGNMENT, 0x1000);
	tiny_put32(t, TINY_FILE_ALIGNMENT, 0x80);
	tiny_put32(t, TINY_IMAGE_SIZE, TINY_SIZE);
	tiny_put32(t, TINY_HEADER_SIZE, TINY_HEADERS);
	tiny_put16(t, TINY_SUBSYSTEM, 10);
	tiny_put16(t, TINY_DLL_CHARACTERISTICS, 0x0100); /* NX_COMPAT */
	tiny_put32(t, TINY_N_DIRECTORIES, 16);
	tiny_put32(t, TINY_RELOC_DIRECTORY, TINY_RELOC_RVA);
	tiny_put32(t, TINY_RELOC_DIRECTORY + 4, TINY_RELOC_BYTES);
}

/* code may be NULL: the entry point returns EFI_SUCCESS then. At most TINY_TEXT_BYTES. */
static inline struct tiny_pe tiny_new(const void *code, size_t n_bytes)
{
	static const uint8_t return_success[] = UNIT_RETURNS(0);
	static const struct tiny_section sections[] = {
		{ ".text", TINY_TEXT_RVA, 0x100, TINY_TEXT_DATA, 0x100, 0x60000020 },
		{ ".data", TINY_DATA_RVA, 0x1800, TINY_DATA_DATA, 0x80, 0xc0000040 },
		{ ".reloc", TINY_RELOC_RVA, 0x80, TINY_RELOC_DATA, 0x80, 0x42000040 },
	};
	struct tiny_pe t = { { 0 } };

	tiny_put_headers(&t);
	for (unsigned i = 0; i < 3; i++)
		tiny_put_section(&t, i, &sections[i]);
	if (!code) {
		code = return_success;
		n_bytes = sizeof(return_success);
	}
	memcpy(t.p + TINY_TEXT_DATA, code, n_bytes < TINY_TEXT_BYTES ? n_bytes : TINY_TEXT_BYTES);
	tiny_put64(&t, TINY_DATA_DATA, TINY_BASE + TINY_TEXT_RVA);
	tiny_put64(&t, TINY_DATA_DATA + 16, TINY_BASE + TINY_TEXT_RVA);
	tiny_put32(&t, TINY_RELOC_DATA, TINY_DATA_RVA);
	tiny_put32(&t, TINY_RELOC_DATA + 4, TINY_RELOC_BYTES);
	tiny_put16(&t, TINY_RELOC_DATA + 8, 0xa000);  /* DIR64 at 0 */
	tiny_put16(&t, TINY_RELOC_DATA + 10, 0xa010); /* DIR64 at 0x10 */
	return t;				      /* two ABSOLUTE follow */
}
