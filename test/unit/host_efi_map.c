// SPDX-License-Identifier: MIT
/* EFI's memory map and what kernels reserved for each other, in a made-up /proc/kcore. */
#include "host/efi_map.h"
#include "host/runtime_services.h"
#include "made_fdt.h"
#include "unit/map_text.h"
#include "unit/tree.h"

#include <elf.h>
#include <errno.h>

/* RAM from 1 GiB on, in two segments; the system table lies where only /dev/mem shows it. */
enum {
	RAM = 0x40000000,
	RAM_BYTES = 0x10000,
	HEAD_BYTES = 0x1000,
	MAP = RAM + 0x100,
	TABLES = RAM + 0x400,
	LIST = RAM + 0x600,
	SECOND = RAM + 0x1000,
	STEP = 48,
	SYSTEM = 0x2000, /* below RAM: a file has no holes to speak of */
};

static const char iomem[] = "09000000-09000fff : pl011\n"
			    "40000000-5bffffff : System RAM\n"
			    "  40210000-41bfffff : Kernel code\n"
			    "  48000000-4a7fffff : reserved\n"
			    "  58000000-580fffff : reserved\n"
			    "5c000000-5c0fffff : reserved\n"
			    "5c100000-5fffffff : System RAM\n"
			    "  5c100000-5c2fffff : reserved\n";

static struct {
	uint8_t core[HEAD_BYTES + RAM_BYTES], mem[SYSTEM + 0x1000];
	struct made_fdt fdt;
	unsigned n_map;
} made;

static void put(uint64_t addr, uint64_t v, unsigned n)
{
	bytes_put_le(made.core + HEAD_BYTES + (addr - RAM), v, n);
}

static void entry(uint32_t type, uint64_t start, uint64_t end, uint64_t attribute)
{
	const uint64_t at = MAP + made.n_map++ * (uint64_t)STEP;

	put(at, type, 4);
	put(at + 8, start, 8);
	put(at + 24, (end - start) >> 12, 8);
	put(at + 32, attribute, 8);
}

static void make_core(void)
{
	Elf64_Ehdr head = { .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, 1 },
			    .e_type = ET_CORE,
			    .e_phoff = sizeof(head),
			    .e_phentsize = sizeof(Elf64_Phdr),
			    .e_phnum = 3 };
	const Elf64_Phdr segment[] = {
		{ .p_type = PT_LOAD, .p_paddr = UINT64_MAX, .p_memsz = 4096, .p_offset = 4096 },
		{ .p_type = PT_LOAD, .p_paddr = RAM, .p_memsz = 0x1000, .p_offset = HEAD_BYTES },
		{ .p_type = PT_LOAD,
		  .p_paddr = RAM + 0x1000,
		  .p_memsz = RAM_BYTES - 0x1000,
		  .p_offset = HEAD_BYTES + 0x1000 },
	};

	memcpy(made.core, &head, sizeof(head));
	memcpy(made.core + sizeof(head), segment, sizeof(segment));
}

static void make_map(void)
{
	made.n_map = 0;
	entry(7, 0x40000000, 0x5bf00000, 0);
	entry(9, 0x48000000, 0x48001000, 0); /* inside what the kernel has for its own */
	entry(4, 0x5bf00000, 0x5c000000, 0);
	entry(5, 0x5c000000, 0x5c080000, UINT64_C(1) << 63);
	entry(0, 0x5c080000, 0x5c100000, 0);
	entry(10, 0x5c200000, 0x5c210000, 0);
	entry(2, 0x5c300000, 0x5d000000, 0);
	entry(7, 0x5e000000, 0x5e100000, 0x40000);
	entry(11, 0x4000000, 0x8000000, 0);
}

static void make_system(void)
{
	static const uint8_t guid[16] = { 0xc6, 0xb0, 0x8e, 0x88, 0xde, 0x8e, 0xf5, 0x4f,
					  0xa8, 0xf0, 0x9a, 0xee, 0x5c, 0xb9, 0x77, 0xc2 };

	memcpy(made.mem + SYSTEM, "IBI SYST", 8);
	bytes_put_le(made.mem + SYSTEM + 104, 2, 8);
	bytes_put_le(made.mem + SYSTEM + 112, TABLES, 8);
	memcpy(made.core + HEAD_BYTES + (TABLES + 24 - RAM), guid, sizeof(guid));
	put(TABLES + 24 + 16, LIST, 8);
	put(LIST + 8, SECOND, 8);
	put(SECOND, 255, 4);
	put(SECOND + 4, 2, 4);
	put(SECOND + 16, 0x58000000, 8);
	put(SECOND + 24, 0x10000, 8);
	put(SECOND + 32, 0x58020000, 8);
	put(SECOND + 40, 0x20000, 8);
}

static void number(const char *name, uint64_t v, unsigned n)
{
	uint8_t be[8];

	for (unsigned i = 0; i < n; i++)
		be[i] = (uint8_t)(v >> 8 * (n - 1 - i));
	made_fdt_property(&made.fdt, name, be, n);
}

static struct tree tree_of(uint64_t n_bytes, uint64_t step)
{
	struct tree t = tree_new();
	struct bytes fdt;

	memset(&made.fdt, 0, sizeof(made.fdt));
	made_fdt_begin(&made.fdt, "");
	made_fdt_begin(&made.fdt, "chosen");
	number("linux,uefi-system-table", SYSTEM, 8);
	number("linux,uefi-mmap-start", MAP, 8);
	number("linux,uefi-mmap-size", n_bytes, 4);
	number("linux,uefi-mmap-desc-size", step, 4);
	made_fdt_end(&made.fdt);
	made_fdt_end(&made.fdt);
	made_fdt_word(&made.fdt, 9);
	fdt = made_fdt_whole(&made.fdt);
	tree_put_bytes(&t, "/sys/firmware/fdt", fdt.p, fdt.n);
	tree_put_bytes(&t, "/proc/kcore", made.core, sizeof(made.core));
	tree_put_bytes(&t, "/dev/mem", made.mem, sizeof(made.mem));
	return t;
}

static void make(void)
{
	memset(&made, 0, sizeof(made));
	make_core();
	make_map();
	make_system();
}

static int read_map(const struct tree *t, struct memory_map *ret_map, struct why *why)
{
	const struct memory_sources from = { .iomem = iomem,
					     .root = t->root,
					     .reserved_is_kernels = true };

	return memory_map_from(&from, ret_map, why);
}

static void test_types(void)
{
	struct memory_map map;
	struct why why = { "" };
	struct tree t;

	make();
	t = tree_of(made.n_map * STEP, STEP);
	require(read_map(&t, &map, &why) == 0);
	check(map_is(&map, -1,
		     "2 4000000-8000000 0 40000000-48000000 3 48000000-48001000 "
		     "9 48001000-4a800000 0 4a800000-58000000 3 58000000-58010000 "
		     "9 58010000-58020000 3 58020000-58040000 9 58040000-58100000 "
		     "0 58100000-5c000000 1 5c000000-5c100000 9 5c100000-5c200000 "
		     "4 5c200000-5c210000 9 5c210000-5c300000 0 5c300000-5e000000 "
		     "7 5e000000-5e100000 0 5e100000-60000000 "));
	memory_map_free(&map);
	tree_drop(&t);
}

/* What the made files of t come to; and t is gone. */
static void refused(struct tree t, const char *words)
{
	struct memory_map map;
	struct why why = { "" };
	const int r = read_map(&t, &map, &why);

	check_msg(r < 0 && strstr(why.text, words), "%d, \"%s\", not \"%s\"", r, why.text, words);
	tree_drop(&t);
}

static struct tree changed(uint64_t addr, uint64_t v, unsigned n)
{
	make();
	put(addr, v, n);
	return tree_of(made.n_map * STEP, STEP);
}

static struct tree changed_system(unsigned at, uint64_t v)
{
	make();
	bytes_put_le(made.mem + SYSTEM + at, v, 8);
	return tree_of(made.n_map * STEP, STEP);
}

static struct tree changed_core(unsigned at, uint64_t v, unsigned n)
{
	make();
	bytes_put_le(made.core + at, v, n);
	return tree_of(made.n_map * STEP, STEP);
}

static void test_map_refused(void)
{
	make();
	refused(tree_of(0, STEP), "0 bytes with entries of 0x30");
	refused(tree_of(STEP, 39), "entries of 0x27");
	refused(tree_of(STEP, 0), "entries of 0");
	refused(tree_of(STEP + 1, STEP), "0x31 bytes");
	refused(tree_of(UINT64_C(0xfffffff0), STEP), "0xfffffff0 bytes");
	refused(tree_of(0x4000 * (uint64_t)STEP, STEP), "does not show it");
	refused(changed(MAP + 24, UINT64_MAX, 8), "entry at 0: 0xffffffffffffffff pages");
	refused(changed(MAP + STEP + 8, UINT64_MAX - 0xfff, 8), "end above 52 bits");
}

static void test_lists_refused(void)
{
	refused(changed_system(0, 0), "EFI system table: none at 0x2000");
	refused(changed_system(104, UINT64_MAX), "EFI system table");
	refused(changed_system(112, RAM + RAM_BYTES - 24), "its table 1 cannot be read");
	refused(changed(LIST + 8, LIST, 8), "its lists do not end");
	refused(changed(LIST + 8, RAM + RAM_BYTES - 8, 8), "cannot be read");
	refused(changed(SECOND, UINT32_MAX, 4), "4294967295 entries");
	refused(changed(SECOND + 24, UINT64_MAX, 8), "LINUX_EFI_MEMRESERVE: 0xff");
}

static void test_core_refused(void)
{
	refused(changed_core(0, 0, 1), "no ELF core file");
	refused(changed_core(56, 0, 2), "no ELF core file");
	refused(changed_core(56, 0xffff, 2), "no ELF core file");
	refused(changed_core(32, UINT64_MAX, 8), "no ELF core file");
	refused(changed_core(32, INT64_MAX - 200, 8), "no ELF core file");
}

/* A count above the room is a list that was found full; a kernel without EFI has no map. */
static void test_harmless(void)
{
	struct memory_map map;
	struct why why = { "" };
	struct tree t = changed(SECOND, 1, 4);

	require(read_map(&t, &map, &why) == 0);
	check(memory_map_lay_over(&map, NULL, 0) == 0);
	check(map.n > 8 && map.range[5].kind == MEMORY_ACPI_RECLAIM &&
	      map.range[6].kind == MEMORY_LEFT_BEHIND && map.range[6].end == 0x58100000);
	memory_map_free(&map);
	tree_drop(&t);
	t = tree_new();
	require(read_map(&t, &map, &why) == 0);
	check(map_is(&map, -1,
		     "0 40000000-48000000 9 48000000-4a800000 0 4a800000-58000000 "
		     "9 58000000-58100000 0 58100000-5c000000 1 5c000000-5c100000 "
		     "9 5c100000-5c300000 0 5c300000-60000000 "));
	memory_map_free(&map);
	tree_drop(&t);
}

/* Without EFI the tree alone says what is to be kept; an initrd that is over is not. */
static void test_tree_reserves(void)
{
	struct memory_map map;
	struct why why = { "" };
	struct tree t = tree_new();
	struct made_fdt *f = &made.fdt;
	struct bytes b;

	memset(f, 0, sizeof(*f));
	made_fdt_begin(f, "");
	made_fdt_begin(f, "chosen");
	number("linux,initrd-start", 0x48000000, 8);
	made_fdt_end(f);
	made_fdt_end(f);
	made_fdt_word(f, 9);
	made_fdt_reserve(f, 0x48000000, 0x2800000);
	made_fdt_reserve(f, 0x58000000, 0x1000);
	b = made_fdt_whole(f);
	tree_put_bytes(&t, "/sys/firmware/fdt", b.p, b.n);
	require(read_map(&t, &map, &why) == 0);
	check(map_is(&map, -1,
		     "0 40000000-48000000 9 48000000-4a800000 0 4a800000-58000000 "
		     "3 58000000-58001000 9 58001000-58100000 0 58100000-5c000000 "
		     "1 5c000000-5c100000 9 5c100000-5c300000 0 5c300000-60000000 "));
	memory_map_free(&map);
	/* a list without an end, and one that is cut off */
	memset(f->whole + b.n - 16, 0xff, 16);
	tree_put_bytes(&t, "/sys/firmware/fdt", b.p, b.n);
	check(read_map(&t, &map, &why) == -EBADMSG && strstr(why.text, "the device tree: 0xff"));
	memset(f->whole + b.n - 16, 0, 15);
	f->whole[b.n - 1] = 1;
	tree_put_bytes(&t, "/sys/firmware/fdt", b.p, b.n);
	check(read_map(&t, &map, &why) == -EINVAL && strstr(why.text, "does not end before"));
	tree_drop(&t);
}

/* A table in memory that the kernel keeps for itself stays one; what an earlier life left does not.
 */
static void test_laid_over(void)
{
	const struct memory_range over[] = { { 0x48000000, 0x48002000, MEMORY_ACPI_RECLAIM },
					     { 0x5c000000, 0x5c100000, MEMORY_LEFT_BEHIND } };
	struct memory_map map;
	struct why why = { "" };
	struct tree t = tree_new();

	require(read_map(&t, &map, &why) == 0);
	require(memory_map_lay_over(&map, over, 2) == 0);
	check(map_is(&map, -1,
		     "0 40000000-48000000 3 48000000-48002000 9 48002000-4a800000 "
		     "0 4a800000-58000000 9 58000000-58100000 0 58100000-5c000000 "
		     "9 5c000000-5c300000 0 5c300000-60000000 "));
	memory_map_free(&map);
	tree_drop(&t);
}

/* Code that runtime services have, and a device; what boot services had with that bit is not
 * theirs. */
static void test_runtime(void)
{
	struct host_runtime runtime = { .n = 77 };
	struct why why = { "" };
	struct tree t;

	make();
	t = tree_of(made.n_map * STEP, STEP);
	put(MAP + 3 * STEP + 16, 0x123456000, 8);
	put(MAP + 2 * STEP + 32, UINT64_C(1) << 63, 8);
	put(MAP + 8 * STEP + 32, UINT64_C(1) << 63 | 1, 8);
	tree_put_bytes(&t, "/proc/kcore", made.core, sizeof(made.core));
	require(efi_map_runtime(t.root, &runtime, &why) == 0);
	check(runtime.system_table == SYSTEM && runtime.n == 2);
	check(runtime.region[0].physical == 0x5c000000 &&
	      runtime.region[0].virtual == 0x123456000 && runtime.region[0].n_pages == 0x80 &&
	      runtime.region[0].type == 5 && runtime.region[0].attribute == UINT64_C(1) << 63);
	check(runtime.region[1].physical == 0x4000000 && runtime.region[1].type == 11 &&
	      runtime.region[1].attribute == (UINT64_C(1) << 63 | 1));
	tree_put(&t, "/sys/firmware/efi/fw_platform_size", "64\n");
	check(host_runtime_read(t.root, &runtime, &why) == 0 && runtime.n == 2 &&
	      runtime.system_table == SYSTEM);
	put(MAP + 3 * STEP + 32, 0, 8);
	put(MAP + 8 * STEP + 32, 0, 8);
	tree_put_bytes(&t, "/proc/kcore", made.core, sizeof(made.core));
	check(efi_map_runtime(t.root, &runtime, &why) == -ENOENT &&
	      strstr(why.text, "no runtime services") && runtime.n == 2);
	tree_drop(&t);
	t = tree_new();
	check(efi_map_runtime(t.root, &runtime, &why) == -ENOENT);
	tree_drop(&t);
}

/* ---- what is more reliable, where a PC's boot parameters say where the map lies */

enum { RELIABLE = 0x10000 };

static void params(struct tree *t, uint64_t start, uint32_t n_bytes, uint32_t step, size_t n)
{
	uint8_t p[4096] = { 0 };

	bytes_put_le(p + 0x1c8, step, 4);
	bytes_put_le(p + 0x1d0, start & UINT32_MAX, 4);
	bytes_put_le(p + 0x1d4, n_bytes, 4);
	bytes_put_le(p + 0x1dc, start >> 32, 4);
	tree_put_bytes(t, "/sys/kernel/boot_params/data", p, n);
}

static struct tree reliable_tree(void)
{
	memset(&made, 0, sizeof(made));
	make_core();
	entry(3, 0x100000, 0x200000, RELIABLE | 15);
	entry(7, 0, 0x9f000, RELIABLE);
	entry(7, 0x200000, 0x300000, RELIABLE);
	entry(7, 0x300000, 0x400000, 0);
	entry(6, 0x400000, 0x500000, RELIABLE);
	return tree_of(made.n_map * STEP, STEP);
}

static void reliable_is(struct tree *t, const char *want)
{
	struct memory_map map;

	check(efi_map_reliable(t->root, &map) == 0);
	check(map_is(&map, -1, want));
	memory_map_free(&map);
}

static void reliable_none(uint64_t addr, uint64_t v, unsigned n)
{
	struct tree t = reliable_tree();

	put(addr, v, n);
	tree_put_bytes(&t, "/proc/kcore", made.core, sizeof(made.core));
	params(&t, MAP, made.n_map * STEP, STEP, 4096);
	reliable_is(&t, "");
	tree_drop(&t);
}

static void test_reliable(void)
{
	static const char want[] = "0 0-9f000 0 100000-300000 0 400000-500000 ";
	struct tree t = reliable_tree();

	/* by the device tree, by the boot parameters; by them first */
	reliable_is(&t, want);
	tree_remove(&t, "/sys/firmware/fdt");
	reliable_is(&t, "");
	params(&t, MAP, made.n_map * STEP, STEP, 4096);
	reliable_is(&t, want);
	params(&t, MAP, STEP, STEP, 4096);
	reliable_is(&t, "0 100000-200000 ");
	/* of no EFI, cut short, of a kernel that says nonsense or shows no memory */
	params(&t, 0, made.n_map * STEP, STEP, 4096);
	reliable_is(&t, "");
	params(&t, MAP, made.n_map * STEP, STEP, 0x1df);
	reliable_is(&t, "");
	params(&t, MAP, made.n_map * STEP, 39, 4096);
	reliable_is(&t, "");
	params(&t, MAP | UINT64_C(1) << 32, made.n_map * STEP, STEP, 4096);
	reliable_is(&t, "");
	params(&t, MAP, made.n_map * STEP, STEP, 4096);
	tree_remove(&t, "/proc/kcore");
	reliable_is(&t, "");
	tree_drop(&t);
	/* what was the map once */
	reliable_none(MAP + 8, 0x9e000, 8);
	reliable_none(MAP + 8, 0x100001, 8);
	reliable_none(MAP, 16, 4);
	reliable_none(MAP + STEP + 24, 0, 8);
	reliable_none(MAP + 4 * STEP + 24, UINT64_MAX, 8);
	reliable_none(MAP + 4 * STEP + 8, UINT64_C(1) << 53, 8);
}

int main(void)
{
	test_reliable();
	test_types();
	test_map_refused();
	test_lists_refused();
	test_core_refused();
	test_harmless();
	test_tree_reserves();
	test_laid_over();
	test_runtime();
	return tap_done();
}
