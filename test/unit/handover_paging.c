// SPDX-License-Identifier: MIT
/* The tables, walked as a processor would (SDM volume 3, 4.5). */
#include "handover/paging.h"
#include "tap.h"

#include <stdlib.h>

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)
#define TIB (UINT64_C(1) << 40)
#define NOWHERE UINT64_MAX

static const uint64_t at = 0x12345000;
static uint8_t *tables;
static uint64_t n_bytes;

static uint64_t entry(uint64_t table, uint64_t index)
{
	const uint64_t off = (table & 0xffffffffff000) - at + index * 8;

	return off < n_bytes ? ((const uint64_t *)tables)[off / 8] : 0;
}

/* Where an address leads to, and the page that it is in. */
static uint64_t walk(uint64_t root, unsigned levels, uint64_t address,
		     struct paging_range *ret_page)
{
	uint64_t e = root | 1, size;
	unsigned shift = 12 + 9 * levels;

	while (shift > 12) {
		shift -= 9;
		e = entry(e, address >> shift & 511);
		if ((e & 3) != 3)
			return NOWHERE;
		if (shift == 12 || (e & 0x80 && shift <= 30)) {
			size = UINT64_C(1) << shift;
			ret_page->start = e & 0xffffffffff000 & ~(size - 1);
			ret_page->end = ret_page->start + size;
			return ret_page->start + (address & (size - 1));
		}
	}
	return NOWHERE;
}

static bool is_inside(const struct paging_range *page, const struct paging_range *range, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (page->start >= range[i].start && page->end <= range[i].end)
			return true;
	return false;
}

/* To itself, by a page that is memory from end to end; or nowhere. */
static bool is_right(const struct paging_roots *roots, uint64_t address,
		     const struct paging_range *range, unsigned n)
{
	const uint64_t page = address & ~UINT64_C(0xfff);
	const struct paging_range one = { page, page + PAGE_BYTES };
	struct paging_range four = { 0 }, five = { 0 };
	const uint64_t to4 = walk(roots->four_level, 4, address, &four);
	const uint64_t to5 = walk(roots->five_level, 5, address, &five);

	if (!is_inside(&one, range, n))
		return to4 == NOWHERE && to5 == NOWHERE;
	return to4 == address && to5 == address && is_inside(&four, range, n) &&
	       is_inside(&five, range, n);
}

static void check_map(const char *what, const struct paging_range *range, unsigned n, bool giant)
{
	struct paging_roots roots;
	bool right = true;

	n_bytes = paging_bytes(range, n, giant);
	tables = malloc(n_bytes); /* a sanitizer sees a table too many */
	require(tables);
	roots = paging_build(tables, at, range, n, giant);
	for (unsigned i = 0; i < n && right; i++)
		for (int64_t off = -2; off <= 2; off++)
			for (unsigned shift = 0; shift <= 39; shift += 3) {
				const uint64_t d = (uint64_t)off << shift;

				right &= is_right(&roots, (range[i].start + d) & (PAGING_LIMIT - 1),
						  range, n) &&
					 is_right(&roots, (range[i].end + d) & (PAGING_LIMIT - 1),
						  range, n);
			}
	check_msg(right, "%s, %s giant pages: %u ranges in %u KiB", what,
		  giant ? "with" : "without", n, (unsigned)(n_bytes >> 10));
	check(walk(roots.five_level, 5, UINT64_C(1) << 50, &(struct paging_range){ 0 }) == NOWHERE);
	free(tables);
}

static uint64_t random_below(uint64_t n)
{
	static uint64_t state = 1;

	state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (state >> 20) % n;
}

/* Any sizes, any gaps, none included: neighbours that were not joined are right too. */
static void test_random(void)
{
	static struct paging_range range[800];
	uint64_t addr;
	unsigned n;

	for (unsigned i = 0; i < 12; i++) {
		addr = 0;
		for (n = 0; n < ARRAY_SIZE(range); n++) {
			addr += PAGE_BYTES * random_below(UINT64_C(1) << random_below(24));
			range[n].start = addr;
			addr += PAGE_BYTES * (1 + random_below(UINT64_C(1) << random_below(24)));
			range[n].end = addr;
			if (addr >= PAGING_LIMIT)
				break;
		}
		check_map("random", range, n, i % 2);
	}
}

/* A device's registers are mapped as such, and what is memory is not. */
static void test_device(void)
{
	const struct paging_range range[] = { { MIB, 2 * MIB },
					      { 3 * MIB, 3 * MIB + 0x1000, true } };
	struct paging_roots roots;
	uint64_t table;

	n_bytes = paging_bytes(range, 2, false);
	tables = malloc(n_bytes);
	require(tables);
	roots = paging_build(tables, at, range, 2, false);
	table = entry(entry(entry(roots.four_level, 0), 0), 0);
	check((entry(table, 256) & 0x18) == 0);
	table = entry(entry(entry(roots.four_level, 0), 0), 1);
	check(entry(table, 256) == (3 * MIB | 0x18 | 0x63));
	free(tables);
}

int main(void)
{
	const struct paging_range pc[] = { { 0x1000, 0x9f000 },
					   { MIB, 3 * GIB - 0x25000 },
					   { 4 * GIB, 64 * GIB + 5 * MIB } };
	const struct paging_range all[] = { { 0, PAGING_LIMIT } };
	const struct paging_range high[] = { { 100 * TIB, 101 * TIB + 0x3000 } };

	for (unsigned giant = 0; giant < 2; giant++) {
		check_map("a PC", pc, ARRAY_SIZE(pc), giant);
		check_map("high memory", high, 1, giant);
		check_map("no memory", pc, 0, giant);
	}
	check_map("all that there could be", all, 1, true);
	check(paging_bytes(pc, 0, true) == 2 * PAGE_BYTES);
	/* level 3; level 2 for the first GiB, the third one and the last; level 1 of their ends */
	check(paging_bytes(pc, 3, true) == (2 + 1 + 3 + 3) * PAGE_BYTES);
	check(paging_bytes(pc, 3, false) == (2 + 1 + 3 + 61 + 3) * PAGE_BYTES);
	test_device();
	test_random();
	return tap_done();
}
