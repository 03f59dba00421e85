// SPDX-License-Identifier: MIT
#include "host/kernel.h"
#include "host/file.h"
#include "tap.h"
#include "unit/tree.h"

#include <string.h>

static void test_ram(void)
{
	struct host_file meminfo;
	const char *total;

	require(host_file_read("", "/proc/meminfo", &meminfo) == 0);
	total = strstr(meminfo.text, "MemTotal:");
	require(total != NULL);
	check(host_total_ram() == strtoull(total + 9, NULL, 10) * 1024);
	host_file_free(&meminfo);
}

/* What is free, less a rest; and what cannot be told is no reason to refuse anything. */
static void test_spare(void)
{
	struct tree t = tree_new();

	check(host_spare_ram(t.root) == UINT64_MAX);
	tree_put(&t, "/proc/meminfo", "MemTotal:  1000 kB\nMemFree:  50000 kB\n");
	check(host_spare_ram(t.root) == UINT64_MAX);
	tree_put(&t, "/proc/meminfo",
		 "MemTotal:  1 kB\nMemFree:  2 kB\nMemAvailable:   40000 kB\n");
	check(host_spare_ram(t.root) == (UINT64_C(40000) << 10) - (UINT64_C(32) << 20));
	tree_put(&t, "/proc/meminfo", "MemTotal:  1 kB\nMemAvailable:   30000 kB\n");
	check(host_spare_ram(t.root) == 0);
	tree_drop(&t);
}

static void test_swaps(void)
{
	struct tree t = tree_new();

	check(!host_swaps(t.root));
	tree_put(&t, "/proc/swaps", "Filename\tType\tSize\tUsed\tPriority\n");
	check(!host_swaps(t.root));
	tree_put(&t, "/proc/swaps",
		 "Filename\tType\tSize\tUsed\tPriority\n/dev/vda\tpartition\t1\t0\t-2\n");
	check(host_swaps(t.root));
	tree_put(&t, "/proc/swaps", "");
	check(!host_swaps(t.root));
	tree_drop(&t);
}

int main(void)
{
	test_swaps();
	test_ram();
	test_spare();
	return tap_done();
}
