// SPDX-License-Identifier: MIT
/* Intel SDM volume 3, 4.5. */
#include "guest/runtime_tables.h"
#include "base/util.h"

#include <string.h>

enum {
	PAGE_ENTRIES = 512,
	BITS_A_LEVEL = 9,
	N_LEVELS = 4,
	LARGE_PAGES = 512, /* pages in one of 2 MiB */

	PRESENT = 1 << 0,
	WRITABLE = 1 << 1,
	UNCACHED = 1 << 4,
	ACCESSED = 1 << 5,
	DIRTY = 1 << 6,
	LARGE = 1 << 7,
	TABLE = PRESENT | WRITABLE | ACCESSED,
	PAGE = PRESENT | ACCESSED | DIRTY, /* never global: the caller's are not these */
	DATA = PAGE | WRITABLE,
};

#define NOT_EXECUTABLE (UINT64_C(1) << 63)
#define ADDRESS UINT64_C(0x000ffffffffff000)
#define LARGE_BYTES (UINT64_C(1) << 21)

struct tables {
	uint64_t (*page)[PAGE_ENTRIES];
	uint64_t at, n, room;
	bool failed; /* there were too few, or one thing is over another: nothing is mapped since */
};

static unsigned shift_of(unsigned level)
{
	return PAGE_SHIFT + BITS_A_LEVEL * (level - 1);
}

static uint64_t *entry_of(struct tables *t, uint64_t table, unsigned level, uint64_t address)
{
	return &t->page[table][address >> shift_of(level) & (PAGE_ENTRIES - 1)];
}

/*
 * The table of this level that address belongs in, made when there is none yet. Some table, where
 * that fails: what its entries lead to are tables all the same.
 */
static uint64_t table_for(struct tables *t, unsigned level, uint64_t address)
{
	uint64_t *e;

	if (level == N_LEVELS)
		return RUNTIME_ROOT4;
	e = entry_of(t, table_for(t, level + 1, address), level + 1, address);
	if (!*e && t->n < t->room)
		*e = (t->at + t->n++ * PAGE_BYTES) | TABLE;
	if (!*e || *e & LARGE) {
		t->failed = true;
		return RUNTIME_ROOT4;
	}
	return ((*e & ADDRESS) - t->at) / PAGE_BYTES;
}

static void map(struct tables *t, uint64_t virtual, uint64_t physical, uint64_t n_pages,
		uint64_t flags)
{
	uint64_t step, table;
	unsigned level;

	for (; n_pages; n_pages -= step) {
		level = (virtual | physical) % LARGE_BYTES || n_pages < LARGE_PAGES ? 1 : 2;
		step = level == 2 ? LARGE_PAGES : 1;
		table = table_for(t, level, virtual);
		if (t->failed)
			return;
		*entry_of(t, table, level, virtual) = physical | flags | (level == 2 ? LARGE : 0);
		virtual += step * PAGE_BYTES;
		physical += step * PAGE_BYTES;
	}
}

static void map_bytes(struct tables *t, uint64_t start, uint64_t n_bytes, uint64_t flags)
{
	const uint64_t first = align_down(start, PAGE_BYTES);

	map(t, first, first, (align_up(start + n_bytes, PAGE_BYTES) - first) / PAGE_BYTES, flags);
}

/* As Linux maps it: executable where there is code, cached where it may be. */
static void map_region(struct tables *t, const struct runtime_region *r)
{
	const uint64_t flags = DATA | (r->type == EFI_RUNTIME_SERVICES_CODE ? 0 : NOT_EXECUTABLE) |
			       (r->attribute & EFI_MEMORY_WB ? 0 : UNCACHED);

	map(t, r->physical, r->physical, r->n_pages, flags);
	map(t, r->virtual, r->physical, r->n_pages, flags);
}

static bool in_region(const struct runtime_firmware *f, uint64_t page)
{
	for (unsigned i = 0; i < f->n; i++)
		if (runtime_region_has(&f->region[i], page))
			return true;
	return false;
}

static bool in_memory(const struct runtime_write *w)
{
	return w->n_bytes && w->space == RUNTIME_MEMORY;
}

/* A register for resets in memory, but for what the firmware has already of its pages. */
static void map_register(struct tables *t, const struct runtime_firmware *f,
			 const struct runtime_write *w)
{
	if (!in_memory(w) || w->address >= RUNTIME_WINDOW - PAGE_BYTES)
		return;
	for (uint64_t page = align_down(w->address, PAGE_BYTES); page < w->address + w->n_bytes;
	     page += PAGE_BYTES)
		if (!in_region(f, page))
			map(t, page, page, 1, DATA | NOT_EXECUTABLE | UNCACHED);
}

const char *runtime_region_fault(const struct runtime_region *r)
{
	/* page 0 is mapped for firmware that follows a null pointer, as Linux does */
	if (!r->physical || r->physical >= RUNTIME_WINDOW ||
	    r->n_pages > (RUNTIME_WINDOW - r->physical) / PAGE_BYTES)
		return "a region of its memory has an address that cannot be mapped";
	if (r->virtual < RUNTIME_FIRMWARE_START || r->virtual >= RUNTIME_FIRMWARE_END ||
	    r->n_pages > (RUNTIME_FIRMWARE_END - r->virtual) / PAGE_BYTES)
		return "a region of its memory is not where Linux maps firmware";
	return NULL;
}

/* Of the levels below the root, the tables that a stretch touches. */
static uint64_t touched(uint64_t start, uint64_t n_pages)
{
	const uint64_t last = start + (n_pages - 1) * PAGE_BYTES;
	uint64_t n = 0;

	for (unsigned level = 2; level <= N_LEVELS; level++)
		n += (last >> shift_of(level)) - (start >> shift_of(level)) + 1;
	return n;
}

/* Of a 2 MiB piece that is one page there is no table; at the two ends there may be one. */
static uint64_t touched_by(const struct runtime_region *r, uint64_t start)
{
	const uint64_t n = touched(start, r->n_pages);
	const uint64_t large = r->n_pages / LARGE_PAGES;

	return (r->physical ^ start) % LARGE_BYTES || !large ? n : n - (large - 1);
}

uint64_t runtime_tables_most(const struct runtime_firmware *f, const struct runtime_power *power)
{
	/* our code, our data that may lie over the end of what a table is for, page 0, the window
	 */
	const unsigned pieces = 1 + 2 + 1 + 1 + in_memory(&power->reset) +
				in_memory(&power->off[0]) + in_memory(&power->off[1]);
	uint64_t n = RUNTIME_FIXED_TABLES + pieces * (N_LEVELS - 1);

	for (unsigned i = 0; i < f->n; i++)
		n += touched_by(&f->region[i], f->region[i].physical) +
		     touched_by(&f->region[i], f->region[i].virtual);
	/* what maps all these tables, and up to 2 MiB of variables before them */
	return n + 2 + n / LARGE_PAGES;
}

uint64_t runtime_tables_make(const struct runtime_firmware *f, const struct runtime_own *own,
			     uint64_t at, uint8_t *tables, uint64_t n, struct runtime_forward *ret)
{
	struct tables t = { (void *)tables, at, RUNTIME_FIXED_TABLES, n, false };

	memset(tables, 0, n * PAGE_BYTES);
	t.page[RUNTIME_ROOT4][PAGE_ENTRIES - 1] = (at + RUNTIME_TOP3 * PAGE_BYTES) | TABLE;
	t.page[RUNTIME_TOP4][PAGE_ENTRIES - 1] = (at + RUNTIME_TOP3 * PAGE_BYTES) | TABLE;
	t.page[RUNTIME_ROOT5][PAGE_ENTRIES - 1] = (at + RUNTIME_TOP4 * PAGE_BYTES) | TABLE;
	t.page[RUNTIME_ROOT5][0] = (at + RUNTIME_ROOT4 * PAGE_BYTES) | TABLE;
	map(&t, 0, 0, 1, DATA | NOT_EXECUTABLE);
	for (unsigned i = 0; i < f->n; i++)
		map_region(&t, &f->region[i]);
	map_register(&t, f, &own->power->reset);
	map_register(&t, f, &own->power->off[0]);
	map_register(&t, f, &own->power->off[1]);
	map_bytes(&t, own->code, own->code_bytes, PAGE);
	map_bytes(&t, own->data, own->data_bytes, DATA | NOT_EXECUTABLE);
	ret->window = at + table_for(&t, 1, RUNTIME_WINDOW) * PAGE_BYTES;
	ret->tables = at;
	ret->tables_bytes = t.n * PAGE_BYTES;
	ret->code = own->code;
	ret->data = own->data;
	ret->system_table = f->n ? f->system_table : 0;
	ret->state = t.failed || own->code + own->code_bytes > RUNTIME_WINDOW ||
				     own->data + own->data_bytes > RUNTIME_WINDOW
			     ? RUNTIME_TABLES_OFF
			     : RUNTIME_TABLES_MADE;
	return t.n;
}
