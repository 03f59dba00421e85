// SPDX-License-Identifier: MIT
/*
 * Both processors' tables have 512 entries, and levels of 4 KiB, 2 MiB and 1 GiB below the root;
 * what an entry looks like says handover_paging.h.
 */
#include "handover/paging.h"

#include <string.h>

/* Level 1 holds pages, level 4 is the root. */
enum { N_LEVELS = 4, PAGE_ENTRIES = 512, BITS_A_LEVEL = 9, LEVEL_2MIB = 2, LEVEL_1GIB = 3 };

/* What one entry of a level stands for is 1 << this. */
static unsigned shift_of(unsigned level)
{
	return PAGE_SHIFT + BITS_A_LEVEL * (level - 1);
}

/*
 * Tables one behind the other. Addresses only grow, so of each level there is one table that
 * is being filled; without bytes to fill they are counted only.
 */
struct builder {
	uint64_t *tables; /* NULL: count */
	uint64_t at, n_tables;
	uint64_t table[N_LEVELS + 1];	/* of each level, counted in tables */
	uint64_t covered[N_LEVELS + 1]; /* end of what it stands for; 0: there is none yet */
};

static void put(struct builder *b, unsigned level, uint64_t addr, uint64_t entry)
{
	const uint64_t i = addr >> shift_of(level) & (PAGE_ENTRIES - 1);

	if (b->tables)
		b->tables[b->table[level] * PAGE_ENTRIES + i] = entry;
}

/* The table of this level that addr belongs in, and of those above it. */
static void go_to(struct builder *b, unsigned level, uint64_t addr)
{
	const uint64_t span = UINT64_C(1) << shift_of(level + 1);

	if (addr < b->covered[level])
		return;
	go_to(b, level + 1, addr);
	b->table[level] = b->n_tables++;
	b->covered[level] = align_down(addr, span) + span;
	put(b, level + 1, addr, paging_table(b->at + b->table[level] * PAGE_BYTES));
}

/* The largest page that begins at addr and ends in the range. */
static unsigned level_at(uint64_t addr, uint64_t end, bool giant_pages)
{
	unsigned level = giant_pages ? LEVEL_1GIB : LEVEL_2MIB;

	while (level > 1 && (addr & ((UINT64_C(1) << shift_of(level)) - 1) ||
			     end - addr < UINT64_C(1) << shift_of(level)))
		level--;
	return level;
}

static void map(struct builder *b, const struct paging_range *r, bool giant_pages)
{
	unsigned level;

	for (uint64_t addr = r->start; addr < r->end; addr += UINT64_C(1) << shift_of(level)) {
		level = level_at(addr, r->end, giant_pages);
		go_to(b, level, addr);
		put(b, level, addr, paging_mapping(addr, level > 1, r->device));
	}
}

/* The roots' pages, then the others as they come. */
static void build(struct builder *b, const struct paging_range *range, unsigned n, bool giant_pages)
{
	b->n_tables = PAGING_N_ROOTS;
	b->table[N_LEVELS] = PAGING_N_ROOTS - 1;
	b->covered[N_LEVELS] = UINT64_MAX;
	for (unsigned i = 0; b->tables && i + 1 < PAGING_N_ROOTS; i++)
		b->tables[i * PAGE_ENTRIES] = paging_table(b->at + (i + 1) * PAGE_BYTES);
	for (unsigned i = 0; i < n; i++)
		map(b, &range[i], giant_pages);
}

uint64_t paging_bytes(const struct paging_range *range, unsigned n, bool giant_pages)
{
	struct builder b = { NULL };

	build(&b, range, n, giant_pages);
	return b.n_tables * PAGE_BYTES;
}

struct paging_roots paging_build(uint8_t *tables, uint64_t at, const struct paging_range *range,
				 unsigned n, bool giant_pages)
{
	struct builder b = { .tables = (uint64_t *)tables, .at = at };

	memset(tables, 0, paging_bytes(range, n, giant_pages));
	build(&b, range, n, giant_pages);
	return paging_roots_at(at);
}
