// SPDX-License-Identifier: MIT
/* Which tables of the machine an image finds, and in what kind of memory. */
#include "firmware/core/host_tables.h"
#include "firmware/core/tables.h"
#include "tap.h"
#include "unit/fake_machine.h"

#include <stdio.h>

static const struct efi_guid esrt =
	EFI_GUID(0xb122a263, 0x3661, 0x4f68, 0x99, 0x29, 0x78, 0xf8, 0xb0, 0xd6, 0x21, 0x80);
static const struct efi_guid mok_variables =
	EFI_GUID(0xc451ed2b, 0x9694, 0x45d3, 0xba, 0xba, 0xed, 0x9f, 0x89, 0x88, 0xa3, 0x89);
static const struct efi_guid acpi20 =
	EFI_GUID(0x8868e871, 0xe4f1, 0x11d3, 0xbc, 0x22, 0x00, 0x80, 0xc7, 0x3c, 0x88, 0x81);

static void no_step(struct fake_step *step)
{
	step->kind = FAKE_LEAVE;
}

static enum efi_memory_type type_at(efi_addr_t at)
{
	const struct page_map *map = &fake.firmware->map;

	for (unsigned i = 0; i < map->n; i++)
		if (map->region[i].start <= at && at < map->region[i].end)
			return map->region[i].type;
	return EFI_MAX_MEMORY_TYPE;
}

static bool has(const struct efi_guid *guid, struct bytes want)
{
	const efi_addr_t at = table_find(fake.firmware, guid);

	return at && type_at(at) == EFI_ACPI_RECLAIM_MEMORY && !memcmp(fake_at(at), want.p, want.n);
}

static void test_copies(void)
{
	static uint8_t bytes[2][0x2345];
	struct firmware_config config = fake_config();
	struct why why;

	for (unsigned i = 0; i < 2; i++)
		memset(bytes[i], (int)i + 1, sizeof(bytes[i]));
	config.esrt = (struct bytes){ bytes[0], 96 };
	config.mok_variables = (struct bytes){ bytes[1], sizeof(bytes[1]) };
	require(fake_open(config, no_step, &why) == 0);
	check(has(&esrt, config.esrt));
	check(has(&mok_variables, config.mok_variables));
	check(table_find(fake.firmware, &acpi20) == config.acpi20);
	fake_close();
}

static void test_none(void)
{
	struct firmware_config config = fake_config();
	struct why why;

	config.acpi20 = 0;
	require(fake_open(config, no_step, &why) == 0);
	check(!table_find(fake.firmware, &esrt));
	check(!table_find(fake.firmware, &mok_variables));
	check(!table_find(fake.firmware, &acpi20));
	fake_close();
}

static uint32_t properties(const struct runtime_firmware *machine, uint32_t supported)
{
	static const struct efi_guid guid = EFI_GUID(0xeb66918a, 0x7eef, 0x402a, 0x84, 0x2e, 0x93,
						     0x1d, 0x21, 0xc3, 0x8a, 0xe9);
	const struct efi_rt_properties_table *table;
	struct firmware_config config = fake_config();
	uint32_t ret = 0;
	struct why why;

	config.runtime = machine;
	config.runtime_supported = supported;
	require(fake_open(config, no_step, &why) == 0);
	if (table_find(fake.firmware, &guid)) {
		table = fake_at(table_find(fake.firmware, &guid));
		check(table->version == 1 && table->n_bytes == sizeof(*table));
		ret = table->supported;
	}
	fake_close();
	return ret;
}

/* What the firmware has, and what bardo has itself: the store, the map, the reset. */
static void test_properties(void)
{
	static const struct runtime_firmware machine = {
		.system_table = 0x3fef5018,
		.version = RUNTIME_FIRMWARE_VERSION,
		.n = 1,
		.region = { { 0x3fef4000, 0xfffffffeffaf4000, 0x84, 15, 6, 0 } },
	};

	check(properties(&machine, UINT32_MAX) == EFI_RT_SUPPORTED_ALL);
	check(properties(&machine, EFI_RT_SUPPORTED_GET_TIME | EFI_RT_SUPPORTED_SET_VARIABLE) ==
	      (0x5b0 | EFI_RT_SUPPORTED_GET_TIME | EFI_RT_SUPPORTED_SET_VARIABLE));
	check(properties(&machine, 0) == 0x5b0);
	check(properties(NULL, EFI_RT_SUPPORTED_ALL) ==
	      (0x5b0 | EFI_RT_SUPPORTED_QUERY_VARIABLE_INFO));
}

/* One line, and nothing is left (LeakSanitizer looks). */
static void test_no_room(void)
{
	const size_t n = 64 << 20; /* more than the machine has */
	uint8_t *big = calloc(1, n);
	struct firmware_config config = fake_config();
	struct why why = { "" };

	require(big != NULL);
	config.mok_variables = (struct bytes){ big, n };
	check(fake_open(config, no_step, &why) == -ENOMEM);
	check_msg(strstr(why.text, "no room for the machine's LINUX_EFI_MOK_VARIABLE_TABLE"), "%s",
		  why.text);
	free(big);
}

int main(void)
{
	test_copies();
	test_none();
	test_properties();
	test_no_room();
	return tap_done();
}
