// SPDX-License-Identifier: MIT
#include "host/runtime_services.h"
#include "base/bytes.h"
#include "unit/tree.h"

#define EFI "/sys/firmware/efi"

static void put_region(const struct tree *t, unsigned i, const char *physical, const char *virtual,
		       const char *n, const char *type, const char *attribute)
{
	const char *const file[][2] = { { "phys_addr", physical },
					{ "virt_addr", virtual },
					{ "num_pages", n },
					{ "type", type },
					{ "attribute", attribute } };
	char path[64], text[32];

	for (unsigned k = 0; k < ARRAY_SIZE(file); k++) {
		snprintf(path, sizeof(path), EFI "/runtime-map/%u/%s", i, file[k][0]);
		snprintf(text, sizeof(text), "%s\n", file[k][1]);
		tree_put(t, path, text);
	}
}

static void put_params(const struct tree *t, uint32_t low, uint32_t high, size_t n)
{
	uint8_t params[4096] = { 0 };

	memcpy(params + 0x1c4, &low, 4);
	memcpy(params + 0x1d8, &high, 4);
	tree_put_bytes(t, "/sys/kernel/boot_params/data", params, n);
}

/* OVMF under Linux 6.12: a device, data, code, and a page of boot services' for a table. */
static struct tree machine(void)
{
	const struct tree t = tree_new();

	tree_put(&t, EFI "/fw_platform_size", "64\n");
	put_region(&t, 0, "0xffc00000", "0xfffffffeffc00000", "0x400", "0xb", "0x8000000000000001");
	put_region(&t, 1, "0x3fef4000", "0xfffffffeffaf4000", "0x84", "0x6", "0x800000000000000f");
	put_region(&t, 2, "0x3f5ec000", "0xfffffffeff1ec000", "0x100", "0x5", "0x800000000000000f");
	put_region(&t, 3, "0x3dac0000", "0xfffffffefd6c0000", "0x1", "0x4", "0x800000000000000f");
	put_params(&t, 0x3fef5018, 0, 4096);
	return t;
}

static void refused(struct tree *t, const char *want)
{
	struct host_runtime rt = { .n = 77 };
	struct why why = { "" };

	check_msg(host_runtime_read(t->root, &rt, &why) < 0 && strstr(why.text, want) && rt.n == 77,
		  "%s: %s", want, why.text);
	tree_drop(t);
}

static void test_ovmf(void)
{
	struct tree t = machine();
	struct host_runtime rt;
	struct why why;

	check(host_runtime_read(t.root, &rt, &why) == 0);
	check(rt.system_table == 0x3fef5018 && rt.n == 3);
	check(rt.region[0].physical == 0xffc00000 && rt.region[0].virtual == 0xfffffffeffc00000 &&
	      rt.region[0].n_pages == 0x400 && rt.region[0].type == 11 &&
	      rt.region[0].attribute == 0x8000000000000001);
	check(rt.region[2].type == 5 && rt.region[2].physical == 0x3f5ec000);
	put_params(&t, 0x5018, 0x12, 4096);
	check(host_runtime_read(t.root, &rt, &why) == 0 && rt.system_table == 0x1200005018);
	tree_drop(&t);
}

static void test_refused(void)
{
	struct tree t = tree_new();

	refused(&t, "not started by UEFI");
	t = machine();
	tree_put(&t, EFI "/fw_platform_size", "32\n");
	refused(&t, "64 bits");
	t = tree_new();
	tree_put(&t, EFI "/fw_platform_size", "64\n");
	refused(&t, "no " EFI "/runtime-map");
	t = machine();
	tree_remove(&t, EFI "/runtime-map/1/type");
	refused(&t, "runtime-map/1 cannot be read");
	t = machine();
	put_region(&t, 1, "0x3fef4000", "somewhere", "0x84", "0x6", "0xf");
	refused(&t, "runtime-map/1 cannot be read");
	t = machine();
	put_region(&t, 1, "0x13fef400000000000", "0x0", "0x84", "0x6", "0xf");
	refused(&t, "runtime-map/1 cannot be read");
	t = machine();
	tree_remove(&t, "/sys/kernel/boot_params/data");
	refused(&t, "boot_params/data cannot be read");
	t = machine();
	put_params(&t, 0, 0, 4096);
	refused(&t, "names no EFI system table");
	t = machine();
	put_params(&t, 1, 1, 0x1d9);
	refused(&t, "names no EFI system table");
	t = machine();
	for (unsigned i = 4; i < HOST_RUNTIME_REGIONS + 2; i++)
		put_region(&t, i, "0x1000", "0x0", "0x1", "0x6", "0xf");
	refused(&t, "more than 256");
}

/* A system table, two tables and the second one's bytes, in what /dev/mem shows. */
enum { SYSTEM = 0x18, TABLES = 0x100, PROPERTIES = 0x200 };

static void put_tables(uint8_t *mem, const uint8_t guid[static 16], uint64_t second)
{
	memcpy(mem + SYSTEM, "IBI SYST", 8);
	bytes_put_le(mem + SYSTEM + 8, 0x20000, 4);
	bytes_put_le(mem + SYSTEM + 104, 2, 8);
	/* as firmware leaves it that was told of virtual addresses */
	bytes_put_le(mem + SYSTEM + 112, 0xfffffffeffaf4100, 8);
	memcpy(mem + TABLES + 24, guid, 16);
	bytes_put_le(mem + TABLES + 24 + 16, second, 8);
}

static uint32_t supported(unsigned at, uint64_t v, unsigned n, const char *tables)
{
	static const uint8_t guid[16] = { 0x8a, 0x91, 0x66, 0xeb, 0xef, 0x7e, 0x2a, 0x40,
					  0x84, 0x2e, 0x93, 0x1d, 0x21, 0xc3, 0x8a, 0xe9 };
	struct tree t = machine();
	uint8_t mem[0x1000] = { 0 };
	uint32_t ret;

	put_tables(mem, guid, PROPERTIES);
	bytes_put_le(mem + PROPERTIES, 1, 2);
	bytes_put_le(mem + PROPERTIES + 2, 8, 2);
	bytes_put_le(mem + PROPERTIES + 4, 0x17bd, 4);
	if (n)
		bytes_put_le(mem + at, v, n);
	put_params(&t, SYSTEM, 0, 4096);
	tree_put_bytes(&t, "/dev/mem", mem, sizeof(mem));
	if (tables)
		tree_put(&t, EFI "/config_table", tables);
	ret = host_runtime_supported(t.root);
	tree_drop(&t);
	return ret;
}

static void test_supported(void)
{
	struct tree t = machine();

	check(host_runtime_supported(t.root) == 0x3fff);
	tree_drop(&t);
	check(supported(0, 0, 0, "0x100\n") == 0x17bd);
	check(supported(PROPERTIES, 2, 2, "0x100\n") == 0x17bd);
	check(supported(PROPERTIES + 2, 12, 2, "0x100\n") == 0x17bd);
	check(supported(PROPERTIES + 4, 0, 4, "0x100\n") == 0);
	/* nobody says anything, or nothing that can be believed */
	check(supported(SYSTEM, 0, 1, "0x100\n") == 0x3fff);
	check(supported(SYSTEM + 104, 1, 8, "0x100\n") == 0x3fff);
	check(supported(SYSTEM + 104, UINT64_MAX, 8, "0x100\n") == 0x3fff);
	check(supported(TABLES + 24, 0, 1, "0x100\n") == 0x3fff);
	check(supported(TABLES + 24 + 16, 0x100000, 8, "0x100\n") == 0x3fff);
	check(supported(PROPERTIES, 0, 2, "0x100\n") == 0x3fff);
	check(supported(PROPERTIES + 2, 7, 2, "0x100\n") == 0x3fff);
	check(supported(0, 0, 0, NULL) == 0x3fff);
	/* EFI 1.10, whatever else it says */
	check(supported(SYSTEM + 8, 0x1000a, 4, "0x100\n") == 0x07bd);
	check(supported(SYSTEM + 8, 0x1000a, 4, NULL) == 0x07ff);
	check(supported(0, 0, 0, "0xffffffffffffffff\n") == 0x3fff);
}

enum { ATTRIBUTES = 0x300, ONE_BYTES = 48 };

/* Two descriptors behind a head, with n bytes at that place made v. */
static struct bytes attributes(unsigned at, uint64_t v, unsigned n)
{
	static const uint8_t guid[16] = { 0x1d, 0x91, 0xfa, 0xdc, 0xeb, 0x26, 0x9f, 0x46,
					  0xa2, 0x20, 0x38, 0xb7, 0xdc, 0x46, 0x12, 0x20 };
	struct tree t = machine();
	struct bytes table = { (const uint8_t *)&t, 7 };
	uint8_t mem[0x1000] = { 0 };

	put_tables(mem, guid, ATTRIBUTES);
	bytes_put_le(mem + ATTRIBUTES, 1, 4);
	bytes_put_le(mem + ATTRIBUTES + 4, 2, 4);
	bytes_put_le(mem + ATTRIBUTES + 8, ONE_BYTES, 4);
	memset(mem + ATTRIBUTES + 16, 0x5a, 2 * ONE_BYTES);
	if (n)
		bytes_put_le(mem + at, v, n);
	put_params(&t, SYSTEM, 0, 4096);
	tree_put_bytes(&t, "/dev/mem", mem, sizeof(mem));
	tree_put(&t, EFI "/config_table", "0x100\n");
	check(host_runtime_attributes(t.root, &table) == 0);
	tree_drop(&t);
	return table;
}

static void no_attributes(unsigned at, uint64_t v, unsigned n)
{
	const struct bytes table = attributes(at, v, n);

	check(table.n == 0 && table.p == NULL);
}

static void test_attributes(void)
{
	struct bytes table = attributes(0, 0, 0);
	uint32_t n;

	check(table.n == 16 + 2 * ONE_BYTES && bytes_le32(table, 4, &n) && n == 2);
	check(table.p[16] == 0x5a && table.p[table.n - 1] == 0x5a);
	free((void *)table.p);
	/* no more than there is, nor than there can be */
	table = attributes(ATTRIBUTES + 4, 0, 4);
	check(table.n == 16);
	free((void *)table.p);
	no_attributes(ATTRIBUTES + 4, 100, 4);
	no_attributes(ATTRIBUTES + 4, UINT32_MAX, 4);
	no_attributes(ATTRIBUTES + 8, UINT32_MAX, 4);
	no_attributes(ATTRIBUTES + 8, 0x10000, 4);
	no_attributes(TABLES + 24, 0, 1);
	no_attributes(TABLES + 24 + 16, 0xff8, 8);
	no_attributes(TABLES + 24 + 16, 0x100000, 8);
}

static bool in_ram(uint64_t physical, uint64_t n_pages, uint64_t *addr)
{
	struct memory_range range[] = {
		{ 0x1000, 0xa0000, MEMORY_RAM },
		{ 0x100000, 0x200000, MEMORY_RESERVED },
		{ 0x200000, 0x300000, MEMORY_LEFT_BEHIND },
		{ 0x300000, 0x400000, MEMORY_MMIO },
	};
	const struct memory_map map = { range, ARRAY_SIZE(range), 0 };
	const struct host_runtime rt = { .n = 1, .region = { { physical, 0, n_pages, 0, 6 } } };

	return host_runtime_in_ram(&rt, &map, addr);
}

static void test_in_ram(void)
{
	uint64_t addr = 7;

	check(!in_ram(0x100000, 0x100, &addr) && !in_ram(0x300000, 0x100, &addr));
	check(!in_ram(0xa0000, 0x60, &addr) && !in_ram(0x400000, 1, &addr) && addr == 7);
	check(in_ram(0x100000, 0x101, &addr) && addr == 0x200000);
	check(in_ram(0x2ff000, 2, &addr) && addr == 0x2ff000);
	check(in_ram(0, 2, &addr) && addr == 0x1000);
	check(in_ram(0, UINT64_MAX, &addr) && !in_ram(0, 1, &addr));
}

int main(void)
{
	test_ovmf();
	test_refused();
	test_supported();
	test_attributes();
	test_in_ram();
	return tap_done();
}
