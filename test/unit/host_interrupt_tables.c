// SPDX-License-Identifier: MIT
/* Interrupt tables in the kernel's log: all of them, or a reason. */
#include "host/interrupt_tables.h"
#include "made_fdt.h"
#include "unit/tree.h"

#include <errno.h>

#define PROPERTY "6,210,0,-;GICv3: using LPI property table @0x00000000425b0000\n"
#define PENDING0 "6,211,0,-;GICv3: CPU0: using allocated LPI pending table @0x00000000425c0000\n"
#define PENDING1 "6,300,9,-;GICv3: CPU1: using reserved LPI pending table @0x00000000425d0000\n"

static struct made_fdt f;

static struct bytes tree_with(const char *compatible, const char *status)
{
	memset(&f, 0, sizeof(f));
	made_fdt_begin(&f, "");
	made_fdt_begin(&f, "intc");
	made_fdt_property(&f, "compatible", "arm,gic-v3", 11);
	made_fdt_begin(&f, "its");
	made_fdt_property(&f, "compatible", compatible, strlen(compatible) + 1);
	made_fdt_property(&f, "status", status, strlen(status) + 1);
	made_fdt_end(&f);
	made_fdt_begin(&f, "off");
	made_fdt_property(&f, "status", "disabled", 9);
	made_fdt_end(&f);
	made_fdt_end(&f);
	made_fdt_end(&f);
	made_fdt_word(&f, 9);
	return made_fdt_whole(&f);
}

/* The map that a log leads to: nothing but such tables. */
static int found(const struct tree *t, struct bytes tree, const char *log, struct memory_map *ret,
		 struct why *why)
{
	scoped_memory_layers layers = { 0 };
	int r;

	tree_put(t, "/dev/kmsg", log);
	r = interrupt_tables_add(t->root, tree, &layers, why);
	if (r == 0)
		require(memory_layers_sweep(&layers, ret) == 0);
	return r;
}

static void none(const struct tree *t, struct bytes tree, const char *log)
{
	struct memory_map map = { 0 };
	struct why why = { "" };

	check_msg(found(t, tree, log, &map, &why) == 0 && map.n == 0, "%u: %s", map.n, why.text);
	memory_map_free(&map);
}

static void refused(const struct tree *t, struct bytes tree, const char *log)
{
	struct memory_map map = { 0 };
	struct why why = { "" };

	check_msg(found(t, tree, log, &map, &why) == -EOPNOTSUPP &&
			  strstr(why.text, "the kernel's log does not name all"),
		  "%s", why.text);
}

static void test_found(const struct tree *t, struct bytes its)
{
	struct memory_map map;
	struct why why = { "" };

	tree_put(t, "/sys/devices/system/cpu/online", "0-1\n");
	check_msg(found(t, its, "6,1,0,-;Linux\n" PROPERTY PENDING0 " KEY=value\n" PENDING1, &map,
			&why) == 0,
		  "%s", why.text);
	check_msg(map.n == 1 && map.range[0].start == 0x425b0000 &&
			  map.range[0].end == 0x425e0000 &&
			  map.range[0].kind == MEMORY_ACPI_RECLAIM,
		  "%u ranges", map.n);
	memory_map_free(&map);
	/* as they were called before there was a list for EFI */
	tree_put(t, "/sys/devices/system/cpu/online", "0\n");
	check(found(t, its,
		    "6,1,0,-;GIC: using LPI property table @0x00000000dc830000\n"
		    "6,2,0,-;CPU0: using LPI pending table @0x00000000dc840000\n",
		    &map, &why) == 0 &&
	      map.n == 1 && map.range[0].end == 0xdc850000);
	memory_map_free(&map);
}

static void test_refused(const struct tree *t, struct bytes its)
{
	tree_put(t, "/sys/devices/system/cpu/online", "0-1\n");
	refused(t, its, "");
	refused(t, its, PENDING0 PENDING1);
	refused(t, its, PROPERTY PENDING1);
	refused(t, its, PROPERTY PENDING0);
	tree_put(t, "/sys/devices/system/cpu/online", "0,9000\n");
	refused(t, its, PROPERTY PENDING0 PENDING1);
	tree_put(t, "/sys/devices/system/cpu/online", "\n");
	refused(t, its, PROPERTY PENDING0 PENDING1);
	tree_put(t, "/sys/devices/system/cpu/online", "0-1\n");
	/* what a program wrote, and what can be no table */
	refused(t, its,
		PROPERTY PENDING0
		"12,9,9,-;GICv3: CPU1: using reserved LPI pending table @0x00000000425d0000\n");
	refused(t, its,
		PROPERTY PENDING0
		"6,9,9,-;GICv3: CPU1: using reserved LPI pending table @0x00000000425d1000\n");
	refused(t, its,
		PROPERTY PENDING0
		"6,9,9,-;GICv3: CPU1: using reserved LPI pending table @0x00f00000425d0000\n");
}

int main(void)
{
	struct tree t = tree_new();

	test_found(&t, tree_with("arm,gic-v3-its", "okay"));
	test_refused(&t, tree_with("arm,gic-v3-its", "okay"));
	none(&t, tree_with("arm,gic-v2m-frame", "okay"), "");
	none(&t, tree_with("arm,gic-v3-its", "disabled"), "");
	tree_put(&t, "/proc/cmdline", "ro irqchip.gicv3_nolpi=y\n");
	none(&t, tree_with("arm,gic-v3-its", "okay"), "");
	tree_drop(&t);
	return tap_done();
}
