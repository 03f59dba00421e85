/* SPDX-License-Identifier: MIT */
#pragma once
/* Entries of translation tables: Arm ARM, DDI 0487, D8.3. */
#include <stdbool.h>
#include <stdint.h>

struct paging_roots {
	uint64_t table; /* TTBR0_EL1's or TTBR0_EL2's: physical, page aligned */
};

/*
 * What bounds the map: TTBR0's half with a granule of 4 KiB and four levels. Addresses of 52
 * bits want descriptors of another form (FEAT_LPA2).
 */
#define PAGING_LIMIT (UINT64_C(1) << 48)

/* An early console has its registers in memory. */
enum { PAGING_MAPS_CONSOLE = 1 };

enum { PAGING_N_ROOTS = 1 };

static inline struct paging_roots paging_roots_at(uint64_t at)
{
	return (struct paging_roots){ .table = at };
}

enum {
	PAGING_VALID = 1 << 0,
	PAGING_TABLE = 1 << 1,	/* a block has it clear, a page set */
	PAGING_DEVICE = 1 << 2, /* the second attribute of purgatory_processor.c's MAIR */
	PAGING_INNER = 3 << 8,	/* shareable */
	PAGING_ACCESSED = 1 << 10,
};

#define PAGING_NO_EXECUTE (UINT64_C(3) << 53)

static inline uint64_t paging_table(uint64_t at)
{
	return at | PAGING_VALID | PAGING_TABLE;
}

static inline uint64_t paging_mapping(uint64_t addr, bool large, bool device)
{
	return addr | PAGING_VALID | (large ? 0 : PAGING_TABLE) | PAGING_ACCESSED |
	       (device ? PAGING_DEVICE | PAGING_NO_EXECUTE : PAGING_INNER);
}
