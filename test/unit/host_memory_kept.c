// SPDX-License-Identifier: MIT
#include "host/memory_kept.h"
#include "unit/map_text.h"
#include "unit/tree.h"

#include <errno.h>

static struct memory_map map_of(void)
{
	const struct memory_sources from = { .iomem = "1000-9ffff : System RAM\n"
						      "a0000-fffff : Reserved\n"
						      "100000-3ffffff : System RAM\n" };
	struct memory_map map;

	require(memory_map_from(&from, &map, NULL) == 0);
	return map;
}

static void test_tables(void)
{
	static uint8_t bytes[0x2000];
	struct table_copy copy[] = {
		{ 0x9fff0, 0x20, bytes }, /* at the end of RAM, and a little over */
		{ 0xf0000, 36, bytes },	  /* in what is reserved: that it stays */
		{ 0x200ff0, 0x1020, bytes },
	};
	const struct host_tables tables = { .copy = copy, .n_copies = 3 };
	struct tree t = tree_new();
	struct memory_map map = map_of();
	struct why why;

	check(memory_map_keep(&map, t.root, &tables, &why) == 0);
	check(map_is(&map, -1,
		     "0 1000-9f000 3 9f000-a0000 1 a0000-100000 0 100000-200000 "
		     "3 200000-203000 0 203000-4000000 "));
	memory_map_free(&map);
	tree_drop(&t);
}

static void test_poisoned(void)
{
	static uint64_t flags[0x3000];
	const struct host_tables none = { 0 };
	struct tree t = tree_new();
	struct memory_map map = map_of();
	struct why why = { "" };

	flags[5] = UINT64_C(1) << 19;
	flags[6] = UINT64_C(1) << 19 | 1;
	flags[7] = ~(UINT64_C(1) << 19);
	flags[0xa5] = UINT64_C(1) << 19; /* no RAM */
	flags[0x2000] = UINT64_C(1) << 19;
	tree_put(&t, "/proc/meminfo", "MemTotal: 1 kB\nHardwareCorrupted:     0 kB\n");
	check(memory_map_keep(&map, t.root, &none, &why) == 0);
	check(map_is(&map, -1, "0 1000-a0000 1 a0000-100000 0 100000-4000000 "));
	tree_put(&t, "/proc/meminfo", "MemTotal: 1 kB\nHardwareCorrupted:    12 kB\n");
	check(memory_map_keep(&map, t.root, &none, &why) == -ENOENT);
	check(strstr(why.text, "/proc/kpageflags should name") != NULL);
	check(map_is(&map, -1, "0 1000-a0000 1 a0000-100000 0 100000-4000000 "));
	tree_put_bytes(&t, "/proc/kpageflags", flags, sizeof(flags));
	check(memory_map_keep(&map, t.root, &none, &why) == 0);
	check(map_is(&map, -1,
		     "0 1000-5000 5 5000-7000 0 7000-a0000 1 a0000-100000 0 100000-2000000 "
		     "5 2000000-2001000 0 2001000-4000000 "));
	memory_map_free(&map);
	tree_drop(&t);
}

int main(void)
{
	test_tables();
	test_poisoned();
	return tap_done();
}
