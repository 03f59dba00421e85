// SPDX-License-Identifier: MIT
#include "boot/memory.h"
#include "tap.h"
#include "unit/tree.h"

#include <string.h>

static uint64_t lowest = 0x10000;

/* "7b 10000-20000 ..." : type, b for backed, c for a copy. */
static void expect(const char *what, struct memory_range *range, unsigned n,
		   struct table_copy *copy, unsigned n_copies, const char *want)
{
	const struct memory_map map = { range, n, 0 };
	const struct host_tables tables = { .copy = copy, .n_copies = n_copies };
	struct memory_description d;
	char text[1024] = "";
	size_t at = 0;
	bool right = true;

	if (!check_msg(memory_describe(&map, &tables, lowest, &d, NULL) == 0, "%s", what))
		return;
	for (unsigned i = 0; i < d.n; i++) {
		const struct firmware_memory *m = &d.memory[i];

		at += (size_t)snprintf(text + at, sizeof(text) - at, "%d%s%s %jx-%jx\n", m->type,
				       m->backed ? "b" : "", m->copy ? "c" : "",
				       (uintmax_t)m->start, (uintmax_t)m->end);
		/* each byte of a table is in the copy of its page */
		for (unsigned k = 0; m->copy && k < n_copies; k++)
			for (uint64_t j = 0; j < copy[k].n_bytes; j++)
				if (copy[k].addr + j >= m->start && copy[k].addr + j < m->end)
					right &= m->copy[copy[k].addr + j - m->start] ==
						 copy[k].data[j];
	}
	check_msg(right, "%s: copies", what);
	if (!check_msg(!strcmp(text, want), "%s: map", what))
		printf("# got %s\n", text);
	memory_description_free(&d);
}

/* Whole pages; never less than what kernels keep, and no nonsense. */
static void test_lowest(void)
{
	static const struct {
		const char *text;
		uint64_t want;
	} rows[] = {
		{ "0\n", 0x10000 },	{ "65536\n", 0x10000 },
		{ "65537\n", 0x11000 }, { "1048576\n", 0x100000 },
		{ "none\n", 0x10000 },	{ "18446744073709551615\n", 0x40000000 },
	};
	struct tree t = tree_new();

	check(memory_lowest(t.root) == 0x10000);
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		tree_put(&t, "/proc/sys/vm/mmap_min_addr", rows[i].text);
		check_msg(memory_lowest(t.root) == rows[i].want, "mmap_min_addr %s", rows[i].text);
	}
	tree_drop(&t);
}

int main(void)
{
	static uint8_t table[0x2000];
	struct memory_range pc[] = {
		{ 0x1000, 0x9f000, MEMORY_RAM },
		{ 0x9fc00, 0xa0000, MEMORY_RESERVED },
		{ 0x100000, 0x200000, MEMORY_RAM },
		{ 0x200000, 0x240000, MEMORY_CRASH_KERNEL },
		{ 0x300000, 0x310000, MEMORY_ACPI_RECLAIM },
		{ 0x310000, 0x311000, MEMORY_ACPI_NVS },
		{ 0x400000, 0x401000, MEMORY_UNUSABLE },
		{ 0x500000, 0x501000, MEMORY_PERSISTENT },
		{ 0x502000, 0x503000, MEMORY_SPECIAL },
		{ 0x503000, 0x504000, MEMORY_MMIO },
	};
	struct table_copy copies[] = {
		{ 0x100, 8, table },	     /* below what a process may map */
		{ 0xf0010, 20, table },	     /* where no range is */
		{ 0x300ff8, 16, table + 1 }, /* over the end of a page */
		{ 0x301800, 16, table + 2 }, /* shares a page with it */
		{ 0x30f000, 0x1000, table + 3 },
		{ 0x600000, 0x1001, table + 4 }, /* behind all ranges */
	};

	for (unsigned i = 0; i < sizeof(table); i++)
		table[i] = (uint8_t)(i * 7 + 1);
	expect("nothing", NULL, 0, NULL, 0, "");
	expect("no tables", pc, 10, NULL, 0,
	       "2 1000-10000\n7b 10000-9f000\n0 9f000-a0000\n7b 100000-200000\n2 200000-240000\n"
	       "9 300000-310000\n10 310000-311000\n8 400000-401000\n14 500000-501000\n7 "
	       "502000-503000\n11 503000-504000\n");
	expect("tables", pc, 10, copies, 6,
	       "2 1000-10000\n7b 10000-9f000\n0 9f000-a0000\n0c f0000-f1000\n7b 100000-200000\n"
	       "2 200000-240000\n9c 300000-301000\n9c 301000-302000\n9 302000-30f000\n"
	       "9c 30f000-310000\n10 310000-311000\n8 400000-401000\n14 500000-501000\n7 "
	       "502000-503000\n11 503000-504000\n"
	       "0c 600000-601000\n0c 601000-602000\n");
	lowest = 0x180000;
	expect("little for a process", pc, 3, NULL, 0,
	       "2 1000-9f000\n0 9f000-a0000\n2 100000-180000\n7b 180000-200000\n");
	test_lowest();
	return tap_done();
}
