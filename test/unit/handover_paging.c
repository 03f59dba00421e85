// SPDX-License-Identifier: MIT
/* The tables, walked as a processor would (SDM volume 3, 4.5). */
#include "handover/paging.h"
#include "tap.h"

#include <stdlib.h>

#define GIB (UINT64_C(1) << 30)
#define NOWHERE UINT64_MAX

static const uint64_t at = 0x12345000;
static uint8_t *tables;
static uint64_t n_bytes;

static uint64_t entry(uint64_t table, uint64_t index)
{
	const uint64_t off = (table & 0xffffffffff000) - at + index * 8;

	return off < n_bytes ? ((const uint64_t *)tables)[off / 8] : 0;
}

static uint64_t walk(uint64_t root, unsigned levels, uint64_t address)
{
	uint64_t e = root | 1;
	unsigned shift = 12 + 9 * levels;

	while (shift > 12) {
		shift -= 9;
		e = entry(e, address >> shift & 511);
		if ((e & 3) != 3)
			return NOWHERE;
		if (e & 0x80 && shift <= 30)
			return (e & 0xffffffffff000) + (address & ((UINT64_C(1) << shift) - 1));
	}
	return NOWHERE;
}

static void check_map(uint64_t top, bool giant)
{
	const uint64_t some[] = { 0,	     0x1000, 0x1fffff,		 0x200000,
				  GIB - 1,   GIB,    3 * GIB + 0x123456, top / 2 + 5,
				  top - GIB, top - 1 };
	struct paging_roots roots;
	unsigned i;

	n_bytes = paging_bytes(top, giant);
	tables = malloc(n_bytes);
	require(tables);
	roots = paging_build(tables, at, top, giant);
	for (i = 0; i < sizeof(some) / sizeof(some[0]); i++)
		check(walk(roots.four_level, 4, some[i]) == some[i] &&
		      walk(roots.five_level, 5, some[i]) == some[i]);
	check(walk(roots.four_level, 4, top) == NOWHERE);
	check(walk(roots.five_level, 5, top) == NOWHERE);
	check(walk(roots.five_level, 5, UINT64_C(1) << 50) == NOWHERE);
	free(tables);
}

int main(void)
{
	check_map(4 * GIB, true);
	check_map(4 * GIB, false);
	check_map(7 * GIB, false);
	check_map(513 * GIB, true);
	check_map(513 * GIB, false);
	check_map(PAGING_LIMIT, true);
	check(paging_bytes(4 * GIB, true) == 3 * PAGE_BYTES);
	check(paging_bytes(4 * GIB, false) == 7 * PAGE_BYTES);
	return tap_done();
}
