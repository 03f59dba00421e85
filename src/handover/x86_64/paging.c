// SPDX-License-Identifier: MIT
#include "handover/paging.h"

#include <cpuid.h>
#include <string.h>

enum { PAGE_ENTRIES = 512, MIB2_SHIFT = 21, GIB_SHIFT = 30, GIB512_SHIFT = 39 };

enum {
	PRESENT = 1 << 0,
	WRITABLE = 1 << 1,
	ACCESSED = 1 << 5,
	DIRTY = 1 << 6,
	LARGE = 1 << 7,
	TABLE = PRESENT | WRITABLE | ACCESSED,
	/* accessed and dirty from the start: the processor has nothing left to write here */
	MAPPING = PRESENT | WRITABLE | ACCESSED | DIRTY | LARGE,
};

bool paging_has_giant_pages(void)
{
	unsigned eax, ebx, ecx, edx;

	return __get_cpuid(0x80000001, &eax, &ebx, &ecx, &edx) && edx >> 26 & 1;
}

static uint64_t count(uint64_t top, unsigned shift)
{
	return (top >> shift) + ((top & ((UINT64_C(1) << shift) - 1)) != 0);
}

uint64_t paging_bytes(uint64_t top, bool giant_pages)
{
	const uint64_t level3 = count(top, GIB512_SHIFT);
	const uint64_t level2 = giant_pages ? 0 : count(top, GIB_SHIFT);

	return (2 + level3 + level2) * PAGE_BYTES;
}

static void map_pages(uint64_t *entry, uint64_t n, unsigned shift)
{
	uint64_t i;

	for (i = 0; i < n; i++)
		entry[i] = i << shift | MAPPING;
}

static void point_to_tables(uint64_t *entry, uint64_t n, uint64_t first_table)
{
	uint64_t i;

	for (i = 0; i < n; i++)
		entry[i] = (first_table + i * PAGE_BYTES) | TABLE;
}

/* Level 5, level 4, then all of level 3 in a row and all of level 2 in a row. */
struct paging_roots paging_build(uint8_t *tables, uint64_t at, uint64_t top, bool giant_pages)
{
	const uint64_t n3 = count(top, GIB512_SHIFT), n2 = count(top, GIB_SHIFT);
	uint64_t *const level5 = (uint64_t *)tables, *const level4 = level5 + PAGE_ENTRIES;
	uint64_t *const level3 = level4 + PAGE_ENTRIES;
	uint64_t *const level2 = level3 + n3 * PAGE_ENTRIES;
	const struct paging_roots roots = { .five_level = at, .four_level = at + PAGE_BYTES };

	memset(tables, 0, paging_bytes(top, giant_pages));
	point_to_tables(level5, 1, roots.four_level);
	point_to_tables(level4, n3, at + 2 * PAGE_BYTES);
	if (giant_pages) {
		map_pages(level3, n2, GIB_SHIFT);
	} else {
		point_to_tables(level3, n2, at + (2 + n3) * PAGE_BYTES);
		map_pages(level2, n2 * PAGE_ENTRIES, MIB2_SHIFT);
	}
	return roots;
}
