/* SPDX-License-Identifier: MIT */
#pragma once
/* Entries of page tables: Intel SDM volume 3, 4.5. */
#include <stdbool.h>
#include <stdint.h>

/* Both roots, because only the jump shows which kind the old kernel runs with. */
struct paging_roots {
	uint64_t four_level, five_level; /* physical, page aligned */
};

/*
 * What bounds the map: lower-half addresses of 4-level paging. Beyond lies
 * nothing that this processor could reach at an address equal to its own.
 */
#define PAGING_LIMIT (UINT64_C(1) << 47)

/* An early console is an I/O port. */
enum { PAGING_MAPS_CONSOLE = 0 };

/* The 5-level root, whose first entry is the 4-level one. */
enum { PAGING_N_ROOTS = 2 };

static inline struct paging_roots paging_roots_at(uint64_t at)
{
	return (struct paging_roots){ .five_level = at, .four_level = at + 4096 };
}

enum {
	PAGING_PRESENT = 1 << 0,
	PAGING_WRITABLE = 1 << 1,
	PAGING_UNCACHED = 1 << 3 | 1 << 4,
	PAGING_ACCESSED = 1 << 5,
	PAGING_DIRTY = 1 << 6,
	PAGING_LARGE = 1 << 7,
};

static inline uint64_t paging_table(uint64_t at)
{
	return at | PAGING_PRESENT | PAGING_WRITABLE | PAGING_ACCESSED;
}

/* Accessed and dirty from the start: the processor has nothing left to write here. */
static inline uint64_t paging_mapping(uint64_t addr, bool large, bool device)
{
	return addr | PAGING_PRESENT | PAGING_WRITABLE | PAGING_ACCESSED | PAGING_DIRTY |
	       (large ? PAGING_LARGE : 0) | (device ? PAGING_UNCACHED : 0);
}
