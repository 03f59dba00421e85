// SPDX-License-Identifier: MIT
/* Which firmware the next kernel is to call: this kernel's, or that which bardo has noted. */
#include "boot/runtime.h"
#include "unit/tree.h"

#define EFI "/sys/firmware/efi"

static void put_region(const struct tree *t, const char *physical, const char *virtual)
{
	const char *const file[][2] = { { "phys_addr", physical },
					{ "virt_addr", virtual },
					{ "num_pages", "0x84\n" },
					{ "type", "0x6\n" },
					{ "attribute", "0x800000000000000f\n" } };
	char path[64];

	for (unsigned k = 0; k < ARRAY_SIZE(file); k++) {
		snprintf(path, sizeof(path), EFI "/runtime-map/0/%s", file[k][0]);
		tree_put(t, path, file[k][1]);
	}
}

static struct tree machine(void)
{
	const uint32_t table = 0x3fef5018;
	uint8_t params[4096] = { 0 };
	const struct tree t = tree_new();

	memcpy(params + 0x1c4, &table, 4);
	tree_put_bytes(&t, "/sys/kernel/boot_params/data", params, sizeof(params));
	tree_put(&t, EFI "/fw_platform_size", "64\n");
	put_region(&t, "0x3fef4000\n", "0xfffffffeffaf4000\n");
	return t;
}

static const struct runtime_firmware note = {
	.system_table = 0x3eaa0000,
	.version = RUNTIME_FIRMWARE_VERSION,
	.n = 1,
	.region = { { 0x3eaa0000, 0xfffffffefe6a0000, 0x100, 15, 6, 0 } },
};
static char names[][16] = { "BootOrder", RUNTIME_FIRMWARE_VARIABLE, RUNTIME_RANGES_VARIABLE };

/* Of a machine; of a kernel that bardo has booted, with its note and without. */
enum { HOST, NOTED, WITHOUT };

static struct runtime_view view(struct tree *t, unsigned which, unsigned n,
				const struct memory_map *map)
{
	static const struct efi_guid vendor = RUNTIME_RANGES_VENDOR;
	struct host_variable v = {
		.name = names[which],
		.attributes = 6,
		.data = { (const uint8_t *)&note, which == NOTED ? runtime_firmware_bytes(1) : 0 },
	};
	const struct host_variables variables = { &v, n };
	struct runtime_view ret;

	memcpy(v.vendor, &vendor, sizeof(vendor));
	runtime_view_read(t->root, &variables, map, &ret);
	return ret;
}

static void frozen(const struct runtime_view *v, const char *why)
{
	check_msg(!v->firmware.n && strstr(v->frozen.text, why), "frozen: %s", v->frozen.text);
}

static void test_this_kernels(void)
{
	const struct memory_map none = { 0 };
	struct tree t = machine();
	struct runtime_view v = view(&t, HOST, 1, &none);

	check(v.firmware.n == 1 && v.firmware.system_table == 0x3fef5018 &&
	      v.firmware.version == RUNTIME_FIRMWARE_VERSION &&
	      v.firmware.region[0].virtual == 0xfffffffeffaf4000 && !v.frozen.text[0]);
	v = view(&t, HOST, 0, &none);
	frozen(&v, "efivarfs");
	put_region(&t, "0x3fef4000\n", "0xffffffff80000000\n");
	v = view(&t, HOST, 1, &none);
	frozen(&v, "not where Linux maps");
	tree_drop(&t);
	t = tree_new();
	v = view(&t, HOST, 1, &none);
	frozen(&v, "not started by UEFI");
	tree_drop(&t);
}

/* To such a kernel bardo is the firmware. */
static void test_noted(void)
{
	const struct memory_map none = { 0 };
	struct tree t = machine();
	struct runtime_view v = view(&t, NOTED, 1, &none);

	check(v.firmware.n == 1 && v.firmware.system_table == 0x3eaa0000 &&
	      v.firmware.region[0].physical == 0x3eaa0000);
	v = view(&t, WITHOUT, 1, &none);
	frozen(&v, "booted without it");
	tree_drop(&t);
}

static void lacks(uint32_t supported, unsigned n_regions, const char *want)
{
	const struct runtime_view v = { .firmware.n = n_regions, .supported = supported };
	char text[256] = "";
	const char *name;
	unsigned bit = 0;

	while ((name = runtime_view_lacks(&v, &bit)))
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s ", name);
	check_msg(!strcmp(text, want), "%#x: \"%s\", not \"%s\"", supported, text, want);
}

/* A machine that says nothing has them all; those that bardo has are never missing. */
static void test_lacks(void)
{
	const struct memory_map none = { 0 };
	struct tree t = machine();
	struct runtime_view v = view(&t, HOST, 1, &none);

	check(v.supported == EFI_RT_SUPPORTED_ALL);
	tree_drop(&t);
	lacks(EFI_RT_SUPPORTED_ALL, 1, "");
	lacks(0x3fff & ~0x802, 1, "SetTime UpdateCapsule ");
	lacks(0, 1,
	      "GetTime SetTime GetWakeupTime SetWakeupTime GetVariable GetNextVariableName "
	      "SetVariable GetNextHighMonotonicCount UpdateCapsule QueryCapsuleCapabilities "
	      "QueryVariableInfo ");
	lacks(0, 0, "");
}

static void test_ram(void)
{
	struct memory_range range = { 0x3ff00000, 0x40000000, MEMORY_RAM };
	const struct memory_map map = { &range, 1, 0 };
	struct tree t = machine();
	struct runtime_view v = view(&t, HOST, 1, &map);

	frozen(&v, "at 0x3ff00000 is RAM");
	v = view(&t, NOTED, 1, &map);
	check(v.firmware.n == 1);
	range.start = 0x3eb00000;
	v = view(&t, NOTED, 1, &map);
	frozen(&v, "is RAM");
	tree_drop(&t);
}

static void test_power(void)
{
	const struct acpi_power power = {
		.reset = { 0xcf9, 6, 1, ACPI_IO, 1 },
		.off = { { 0xfea00200, 0x34, 0, ACPI_MEMORY, 1 }, { 0x604, 2, 3, ACPI_IO, 2 } },
	};
	const struct runtime_power p = runtime_power_of(&power);

	check(p.reset.address == 0xcf9 && p.reset.value == 6 && p.reset.keep == 1 &&
	      p.reset.space == RUNTIME_IO && p.reset.n_bytes == 1);
	check(p.off[0].address == 0xfea00200 && p.off[0].space == RUNTIME_MEMORY &&
	      p.off[1].address == 0x604 && p.off[1].keep == 3 && p.off[1].n_bytes == 2);
}

int main(void)
{
	test_this_kernels();
	test_noted();
	test_lacks();
	test_ram();
	test_power();
	return tap_done();
}
