// SPDX-License-Identifier: MIT
#include "host/memory_map.h"
#include "unit/tree.h"

#include <errno.h>

static const char *kind_name(enum memory_kind kind)
{
	static const char *const names[] = {
		[MEMORY_RAM] = "ram",
		[MEMORY_RESERVED] = "reserved",
		[MEMORY_ACPI_RECLAIM] = "acpi",
		[MEMORY_ACPI_NVS] = "nvs",
		[MEMORY_UNUSABLE] = "unusable",
		[MEMORY_PERSISTENT] = "persistent",
		[MEMORY_CRASH_KERNEL] = "crash",
		[MEMORY_MMIO] = "mmio",
		[MEMORY_SPECIAL] = "special",
		[MEMORY_HOTPLUGGED] = "hotplugged",
	};

	return names[kind];
}

/* "ram 1000-9f000\nreserved ..." */
static const char *print(const struct memory_map *map)
{
	static char text[4096];
	size_t n = 0;

	text[0] = 0;
	for (unsigned i = 0; i < map->n && n < sizeof(text); i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s %llx-%llx\n",
				      kind_name(map->range[i].kind),
				      (unsigned long long)map->range[i].start,
				      (unsigned long long)map->range[i].end);
	return text;
}

static void print_lines(const char *what, const char *lines)
{
	printf("# %s:\n", what);
	for (size_t n; lines[0]; lines += n + 1) {
		n = strcspn(lines, "\n");
		printf("#   %.*s\n", (int)n, lines);
	}
}

static void expect(const char *what, const char *iomem, const char *firmware, const char *want)
{
	const struct memory_sources from = { .iomem = iomem, .firmware = firmware };
	struct memory_map map;
	struct why why = { "" };
	int r = memory_map_from(&from, &map, &why);

	if (!check_msg(r == 0, "%s: %s", what, why.text))
		return;
	if (!check_msg(strcmp(print(&map), want) == 0, "%s", what)) {
		print_lines("got", print(&map));
		print_lines("want", want);
	}
	memory_map_free(&map);
	check(map.range == NULL && map.n == 0);
}

static int read_map(const char *iomem, const char *firmware, struct memory_map *ret_map,
		    struct why *why)
{
	const struct memory_sources from = { .iomem = iomem, .firmware = firmware };

	return memory_map_from(&from, ret_map, why);
}

static void put_field(const struct tree *t, unsigned i, const char *name, const char *value)
{
	char path[64];

	snprintf(path, sizeof(path), "/%u/%s", i, name);
	tree_put(t, path, value);
}

static void put_entry(const struct tree *t, unsigned i, const char *start, const char *end,
		      const char *type)
{
	put_field(t, i, "start", start);
	put_field(t, i, "end", end);
	put_field(t, i, "type", type);
}

static const char pc[] = "00000000-00000fff : Reserved\n"
			 "00001000-0009fbff : System RAM\n"
			 "0009fc00-0009ffff : Reserved\n"
			 "000a0000-000bffff : PCI Bus 0000:00\n"
			 "000f0000-000fffff : Reserved\n"
			 "  000f0000-000fffff : System ROM\n"
			 "00100000-7ffdafff : System RAM\n"
			 "  01000000-01ffffff : Kernel code\n"
			 "  2f000000-36ffffff : Crash kernel\n"
			 "7ffdb000-7fffffff : Reserved\n"
			 "80000000-febfffff : PCI Bus 0000:00\n"
			 "  b0000000-bfffffff : PCI MMCONFIG 0000 [bus 00-ff]\n"
			 "    b0000000-bfffffff : Reserved\n"
			 "fec00000-fec003ff : IOAPIC 0\n"
			 "100000000-17fffffff : System RAM\n"
			 "380000000000-3807ffffffff : PCI Bus 0000:00\n";

static void test_pc(void)
{
	struct memory_map map;

	expect("a PC with a crash kernel", pc, NULL,
	       "reserved 0-1000\n"
	       "ram 1000-9f000\n"
	       "reserved 9f000-a0000\n"
	       "reserved f0000-100000\n"
	       "ram 100000-2f000000\n"
	       "crash 2f000000-37000000\n"
	       "ram 37000000-7ffdb000\n"
	       "reserved 7ffdb000-80000000\n"
	       "reserved b0000000-c0000000\n"
	       "ram 100000000-180000000\n");
	require(read_map(pc, NULL, &map, NULL) == 0);
	check(map.top_of_address_space == 0x380800000000);
	memory_map_free(&map);
	require(read_map("1000-8fff : System RAM\n  2000-2fff : Kernel code\n", NULL, &map, NULL) ==
		0);
	check(map.top_of_address_space == 0x9000);
	memory_map_free(&map);
}

/* RAM is what both call RAM; what else the firmware knows is kept in mind. */
static void test_firmware(void)
{
	struct tree t = tree_new();

	put_entry(&t, 0, "0x0\n", "0x9fbff\n", "System RAM\n");
	put_entry(&t, 1, "0x9fc00\n", "0x9ffff\n", "Reserved\n");
	put_entry(&t, 2, "0x100000\n", "0x1fffffff\n", "System RAM\n");
	put_entry(&t, 10, "0x20000000\n", "0x2000ffff\n", "ACPI Tables\n");
	put_entry(&t, 11, "0x20010000\n", "0x2001ffff\n", "ACPI Non-volatile Storage\n");
	put_entry(&t, 12, "0x30000000\n", "0x3fffffff\n", "Something new\n");
	tree_put(&t, "/uevent", "not a number, not looked at");
	expect("mem=256M",
	       "00001000-0009fbff : System RAM\n"
	       "00100000-0fffffff : System RAM\n"
	       "20000000-2000ffff : ACPI Tables\n",
	       t.root,
	       "ram 1000-9f000\n"
	       "reserved 9f000-a0000\n"
	       "ram 100000-10000000\n"
	       "acpi 20000000-20010000\n"
	       "nvs 20010000-20020000\n"
	       "reserved 30000000-40000000\n");
	expect("hot-plugged memory and a range the kernel gave away",
	       "00100000-1fffffff : System RAM\n"
	       "  10000000-10000fff : Reserved\n"
	       "50000000-5fffffff : System RAM\n",
	       t.root,
	       "reserved 9f000-a0000\n"
	       "ram 100000-10000000\n"
	       "reserved 10000000-10001000\n"
	       "ram 10001000-20000000\n"
	       "acpi 20000000-20010000\n"
	       "nvs 20010000-20020000\n"
	       "reserved 30000000-40000000\n"
	       "hotplugged 50000000-60000000\n");
	tree_drop(&t);
	expect("no such folder", "00100000-1fffffff : System RAM\n", t.root,
	       "ram 100000-20000000\n");
}

static void test_empty_firmware(void)
{
	struct tree t = tree_new();

	expect("an empty folder", "00100000-1fffffff : System RAM\n", t.root,
	       "ram 100000-20000000\n");
	tree_drop(&t);
}

static void test_bad_firmware(void)
{
	struct tree t = tree_new();
	struct memory_map map;
	struct why why;

	put_entry(&t, 3, "0x0\n", "junk\n", "System RAM\n");
	check(read_map(pc, t.root, &map, &why) == -EBADMSG);
	check(strstr(why.text, "/3: Bad message") != NULL);
	tree_remove(&t, "/3/end");
	check(read_map(pc, t.root, &map, &why) == -ENOENT);
	tree_drop(&t);
}

/* cxl_acpi puts its window around what the firmware gave as ordinary memory. */
static void test_window(void)
{
	struct tree t = tree_new();

	put_entry(&t, 0, "0x1000\n", "0x653fffff\n", "System RAM\n");
	put_entry(&t, 1, "0x100000000\n", "0x207fffffff\n", "System RAM\n");
	expect("RAM inside a CXL window, and hot-plugged RAM",
	       "00001000-653fffff : System RAM\n"
	       "100000000-207fffffff : CXL Window 0\n"
	       "  100000000-207fffffff : System RAM\n"
	       "    100000000-1000fffff : Crash kernel\n"
	       "3000000000-30ffffffff : virtio0\n"
	       "  3000000000-30ffffffff : System RAM\n",
	       t.root,
	       "ram 1000-65400000\ncrash 100000000-100100000\nram 100100000-2080000000\n"
	       "hotplugged 3000000000-3100000000\n");
	expect("all of RAM inside one",
	       "00001000-207fffffff : CXL Window 0\n"
	       "  00001000-653fffff : System RAM\n"
	       "  100000000-207fffffff : System RAM\n",
	       t.root, "ram 1000-65400000\nram 100000000-2080000000\n");
	tree_drop(&t);
	expect("where no firmware says so",
	       "1000-1fff : System RAM\n2000-2fff : x\n  2000-2fff : System RAM\n", NULL,
	       "ram 1000-2000\nhotplugged 2000-3000\n");
}

static void put_region(const struct tree *t, unsigned i, const char *type, const char *start,
		       const char *n_pages)
{
	put_field(t, i, "type", type);
	put_field(t, i, "phys_addr", start);
	put_field(t, i, "num_pages", n_pages);
}

/* A laptop whose firmware lists its windows: Reserved to /sys/firmware/memmap, nothing to iomem. */
static const char laptop[] = "00001000-653fffff : System RAM\n"
			     "65400000-bfffffff : PCI Bus 0000:00\n"
			     "  80000000-8fffffff : PCI MMCONFIG 0000 [bus 00-ff]\n"
			     "    80000000-8fffffff : Reserved\n"
			     "fed00000-fed003ff : HPET 0\n";

static void test_mmio(void)
{
	struct tree firmware = tree_new(), runtime = tree_new();
	struct memory_sources from = { laptop, firmware.root, runtime.root };
	struct memory_map map;
	struct why why = { "" };

	put_entry(&firmware, 0, "0x1000\n", "0x653fffff\n", "System RAM\n");
	put_entry(&firmware, 1, "0x65400000\n", "0xbfffffff\n", "Reserved\n");
	put_entry(&firmware, 2, "0xc0000000\n", "0xc00fffff\n", "Reserved\n");
	expect("a large window", laptop, firmware.root,
	       "ram 1000-65400000\nmmio 65400000-80000000\nreserved 80000000-90000000\n"
	       "mmio 90000000-c0000000\nreserved c0000000-c0100000\n");
	put_entry(&firmware, 1, "0x65400000\n", "0x6543efff\n", "Reserved\n");
	expect("a small one, which Linux keeps", laptop, firmware.root,
	       "ram 1000-65400000\nreserved 65400000-6543f000\n"
	       "reserved 80000000-90000000\nreserved c0000000-c0100000\n");
	put_region(&runtime, 0, "0xb\n", "0xc0000000\n", "0x80\n");
	put_region(&runtime, 1, "0x5\n", "0xc0080000\n", "0x80\n");
	check_msg(memory_map_from(&from, &map, &why) == 0, "with a runtime map: %s", why.text);
	check_msg(!strcmp(print(&map), "ram 1000-65400000\nreserved 65400000-6543f000\n"
				       "reserved 80000000-90000000\nmmio c0000000-c0080000\n"
				       "reserved c0080000-c0100000\n"),
		  "the flash of a runtime map");
	memory_map_free(&map);
	put_region(&runtime, 2, "0xb\n", "0xc0000000\n", "0xffffffffffffffff\n");
	check(memory_map_from(&from, &map, &why) == -EBADMSG);
	check(strstr(why.text, "/2: Bad message") != NULL);
	tree_drop(&firmware);
	tree_drop(&runtime);
}

/* What an arm64 kernel took for itself is RAM again; what nobody may touch is none. */
static void test_reserved(void)
{
	static const char iomem[] = "40000000-7fffffff : System RAM\n"
				    "  40210000-4185ffff : Kernel code\n"
				    "  48000000-4b64afff : reserved\n"
				    "  7ac00000-7fbfffff : reserved\n"
				    "80000000-8000ffff : reserved\n";
	struct memory_sources from = { .iomem = iomem, .reserved_is_kernels = true };
	struct memory_map map;
	struct why why;

	require(memory_map_from(&from, &map, &why) == 0);
	check(map.n == 6 && map.range[1].kind == MEMORY_LEFT_BEHIND &&
	      map.range[1].start == 0x48000000 && map.range[1].end == 0x4b64b000 &&
	      map.range[3].kind == MEMORY_LEFT_BEHIND && map.range[4].kind == MEMORY_RAM &&
	      map.range[5].kind == MEMORY_RESERVED && map.range[5].start == 0x80000000);
	memory_map_free(&map);
	from.reserved_is_kernels = false;
	require(memory_map_from(&from, &map, &why) == 0);
	check(map.n == 6 && map.range[1].kind == MEMORY_RESERVED);
	memory_map_free(&map);
}

static void test_lay_over(void)
{
	static const struct memory_range over[] = {
		{ 0x8000, 0xa000, MEMORY_ACPI_RECLAIM },
		{ 0x3010, 0x3020, MEMORY_ACPI_RECLAIM },
		{ 0x3400, 0x3500, MEMORY_ACPI_RECLAIM },
		{ 0x5000, 0x6001, MEMORY_UNUSABLE },
	};
	struct memory_map map;

	require(read_map("1000-8fff : System RAM\n9000-9fff : ACPI Non-volatile Storage\n", NULL,
			 &map, NULL) == 0);
	check(memory_map_lay_over(&map, over, ARRAY_SIZE(over)) == 0);
	check_msg(!strcmp(print(&map), "ram 1000-3000\nacpi 3000-4000\nram 4000-5000\n"
				       "unusable 5000-7000\nram 7000-8000\nacpi 8000-9000\n"
				       "nvs 9000-a000\n"),
		  "ranges said to be something else");
	check(map.top_of_address_space == 0xa000);
	memory_map_free(&map);
}

static void test_pages(void)
{
	expect("RAM is cut in the middle of a page, and whole",
	       "00001000-00012345 : System RAM\n"
	       "00012346-0001ffff : System RAM\n",
	       NULL, "ram 1000-20000\n");
	expect("RAM shrinks, the rest grows",
	       "00001800-00003fff : System RAM\n"
	       "00004000-000047ff : Reserved\n"
	       "00004800-000057ff : System RAM\n"
	       "00006800-00006fff : ACPI Tables\n",
	       NULL, "ram 2000-4000\nreserved 4000-5000\nacpi 6000-7000\n");
	expect("two in one page: the stronger has it",
	       "00001000-00001fff : System RAM\n"
	       "00002000-000023ff : ACPI Tables\n"
	       "00002400-00002fff : Reserved\n",
	       NULL, "ram 1000-2000\nreserved 2000-3000\n");
	expect("less than a page of RAM",
	       "00001000-00001fff : System RAM\n"
	       "00002010-0000201f : System RAM\n",
	       NULL, "ram 1000-2000\n");
}

static void test_kinds(void)
{
	expect("each kind",
	       "00001000-00001fff : System RAM\n"
	       "00002000-00002fff : Unusable memory\n"
	       "00003000-00003fff : Persistent Memory\n"
	       "  00003000-00003fff : namespace0.0\n"
	       "00004000-00004fff : Persistent Memory (legacy)\n"
	       "00005000-00005fff : Soft Reserved\n"
	       "00006000-00006fff : ACPI Non-volatile Storage\n"
	       "00008000-00008fff : Persistent Memory\n"
	       "  00008000-00008fff : dax0.0\n"
	       "    00008000-00008fff : System RAM (kmem)\n"
	       "0000a000-0000afff : virtio0\n"
	       "  0000a000-0000afff : System RAM\n",
	       NULL,
	       "ram 1000-2000\nunusable 2000-3000\npersistent 3000-5000\nspecial 5000-6000\n"
	       "nvs 6000-7000\npersistent 8000-9000\nhotplugged a000-b000\n");
}

static void test_refusals(void)
{
	static const struct {
		const char *iomem;
		int want;
		const char *why;
	} rows[] = {
		{ "00000000-00000000 : System RAM\n  00000000-00000000 : Kernel code\n", -EPERM,
		  "/proc/iomem hides its addresses: the memory map needs root (CAP_SYS_ADMIN)" },
		{ "", -EPERM,
		  "/proc/iomem hides its addresses: the memory map needs root (CAP_SYS_ADMIN)" },
		{ "00001000-00001fff : Reserved\n", -ENODATA, "/proc/iomem: no System RAM in it" },
		{ "00001000-00001fff : System RAM\nbogus\n", -EBADMSG,
		  "/proc/iomem: line 2 is not \"<start>-<end> : <name>\"" },
		{ "00002000-00001fff : System RAM\n", -EBADMSG,
		  "/proc/iomem: line 1 is not \"<start>-<end> : <name>\"" },
		{ "00002000-00003fff: System RAM\n", -EBADMSG,
		  "/proc/iomem: line 1 is not \"<start>-<end> : <name>\"" },
	};
	struct memory_map map = { NULL, 77, 0 };
	struct why why;

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		check(read_map(rows[i].iomem, NULL, &map, &why) == rows[i].want);
		check_msg(strcmp(why.text, rows[i].why) == 0, "%s", why.text);
		check(map.n == 77);
	}
}

/* Addresses at the end of what 64 bits hold. */
static void test_far(void)
{
	expect("beyond what is physical",
	       "00001000-00001fff : System RAM\n"
	       "ffffffffffff0000-ffffffffffffffff : Reserved\n",
	       NULL, "ram 1000-2000\n");
	expect("all of it", "0-ffffffffffffffff : System RAM\n", NULL, "ram 0-10000000000000\n");
}

static void test_synthetic(void)
{
	struct memory_map map;
	struct why why;

	check(memory_map_synthetic(512 << 20, &map, &why) == 0);
	check(strcmp(print(&map), "reserved 0-10000\nram 10000-9f000\nreserved 9f000-100000\n"
				  "ram 100000-20000000\n") == 0);
	check(map.top_of_address_space == 0x100000000);
	memory_map_free(&map);
	check(memory_map_synthetic(6ull << 30, &map, &why) == 0);
	check(strcmp(print(&map), "reserved 0-10000\nram 10000-9f000\nreserved 9f000-100000\n"
				  "ram 100000-c0000000\nram 100000000-1c0000000\n") == 0);
	check(map.top_of_address_space == 0x1c0000000);
	memory_map_free(&map);
	check(memory_map_synthetic(1 << 20, &map, &why) == -EINVAL);
	check(memory_map_synthetic(UINT64_MAX, &map, &why) == -EINVAL);
}

/* Where memory is, and of which kind; not what a driver has brought. */
static void test_fingerprint(void)
{
	struct memory_range r[] = {
		{ 0x1000, 0x9f000, MEMORY_RAM },
		{ 0x100000, 0x200000, MEMORY_RAM },
		{ 0x200000, 0x201000, MEMORY_RESERVED },
		{ 0x300000, 0x400000, MEMORY_HOTPLUGGED },
	};
	struct memory_map map = { r, 4, 0 };
	const uint64_t was = memory_map_fingerprint(&map);

	check(was != 0 && memory_map_fingerprint(&map) == was);
	map.n = 3;
	check(memory_map_fingerprint(&map) == was);
	map.n = 2;
	check(memory_map_fingerprint(&map) != was);
	map.n = 4;
	r[1].end -= 0x1000;
	check(memory_map_fingerprint(&map) != was);
	r[1] = (struct memory_range){ 0x101000, 0x200000, MEMORY_RAM };
	check(memory_map_fingerprint(&map) != was);
	r[1] = (struct memory_range){ 0x100000, 0x200000, MEMORY_UNUSABLE };
	check(memory_map_fingerprint(&map) != was);
}

int main(void)
{
	test_fingerprint();
	test_pc();
	test_firmware();
	test_empty_firmware();
	test_bad_firmware();
	test_window();
	test_mmio();
	test_reserved();
	test_lay_over();
	test_pages();
	test_kinds();
	test_refusals();
	test_far();
	test_synthetic();
	return tap_done();
}
