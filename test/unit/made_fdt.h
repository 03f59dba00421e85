/* SPDX-License-Identifier: MIT */
#pragma once
/* A flattened device tree, made token by token. */
#include "base/bytes.h"

#include <endian.h>
#include <stdint.h>
#include <string.h>

enum { MADE_FDT_HEADER = 40, MADE_FDT_ROOM = 4096 };

struct made_fdt {
	uint8_t structure[MADE_FDT_ROOM], strings[MADE_FDT_ROOM], whole[3 * MADE_FDT_ROOM];
	size_t n_structure, n_strings;
	uint64_t reserved[16]; /* big-endian; two of 0 are the end */
	unsigned n_reserved;
};

static inline void made_fdt_reserve(struct made_fdt *f, uint64_t start, uint64_t n_bytes)
{
	f->reserved[f->n_reserved++] = htobe64(start);
	f->reserved[f->n_reserved++] = htobe64(n_bytes);
}

static inline void made_fdt_word(struct made_fdt *f, uint32_t v)
{
	v = htobe32(v);
	memcpy(f->structure + f->n_structure, &v, 4);
	f->n_structure += 4;
}

static inline void made_fdt_bytes(struct made_fdt *f, const void *p, size_t n)
{
	memcpy(f->structure + f->n_structure, p, n);
	f->n_structure += n;
	while (f->n_structure % 4)
		f->structure[f->n_structure++] = 0;
}

static inline void made_fdt_begin(struct made_fdt *f, const char *name)
{
	made_fdt_word(f, 1);
	made_fdt_bytes(f, name, strlen(name) + 1);
}

static inline void made_fdt_end(struct made_fdt *f)
{
	made_fdt_word(f, 2);
}

static inline void made_fdt_property(struct made_fdt *f, const char *name, const void *p, size_t n)
{
	made_fdt_word(f, 3);
	made_fdt_word(f, (uint32_t)n);
	made_fdt_word(f, (uint32_t)f->n_strings);
	made_fdt_bytes(f, p, n);
	memcpy(f->strings + f->n_strings, name, strlen(name) + 1);
	f->n_strings += strlen(name) + 1;
}

/* All of it, behind a header. */
static inline struct bytes made_fdt_whole(struct made_fdt *f)
{
	const uint32_t reserved = (uint32_t)(MADE_FDT_HEADER + f->n_structure + f->n_strings);
	const uint32_t total = (uint32_t)(reserved + 8 * (f->n_reserved + 2));
	const uint32_t header[] = {
		0xd00dfeed,
		total,
		MADE_FDT_HEADER,
		(uint32_t)(MADE_FDT_HEADER + f->n_structure),
		reserved,
		17,
		16,
		0,
		(uint32_t)f->n_strings,
		(uint32_t)f->n_structure,
	};

	for (unsigned i = 0; i < 10; i++)
		memcpy(f->whole + 4 * i, &(uint32_t){ htobe32(header[i]) }, 4);
	memcpy(f->whole + MADE_FDT_HEADER, f->structure, f->n_structure);
	memcpy(f->whole + MADE_FDT_HEADER + f->n_structure, f->strings, f->n_strings);
	memcpy(f->whole + reserved, f->reserved, 8 * f->n_reserved);
	memset(f->whole + reserved + 8 * f->n_reserved, 0, 16);
	return (struct bytes){ f->whole, total };
}
