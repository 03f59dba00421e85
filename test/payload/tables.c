// SPDX-License-Identifier: MIT
/* 4.2-4.6 The tables themselves, and InstallConfigurationTable. */
#include "lib.h"

static const struct efi_guid mine = { 0x0ddba110, 0x7777, 0x4242, { 2, 7, 1, 8, 2, 8, 1, 8 } };
static const struct efi_guid other = { 0x0ddba111, 0x7777, 0x4242, { 2, 7, 1, 8, 2, 8, 1, 8 } };
static int first, second;

static bool crc_valid(const struct efi_table_header *header)
{
	uint8_t copy[512];

	if (header->header_bytes > sizeof(copy))
		return false;
	memcpy(copy, header, header->header_bytes);
	memset(copy + 16, 0, 4);
	return crc32(0, copy, header->header_bytes) == header->crc32;
}

static void *table_of(const struct efi_guid *guid)
{
	uint64_t i;

	for (i = 0; i < st->n_tables; i++)
		if (guid_same(&st->tables[i].guid, guid))
			return st->tables[i].table;
	return NULL;
}

static void test_headers(void)
{
	check(st->header.signature == EFI_SYSTEM_TABLE_SIGNATURE);
	check(bs->header.signature == EFI_BOOT_SERVICES_SIGNATURE);
	check(rt->header.signature == EFI_RUNTIME_SERVICES_SIGNATURE);
	check(st->header.header_bytes == sizeof(*st));
	check(bs->header.header_bytes == sizeof(*bs));
	check(rt->header.header_bytes == sizeof(*rt));
	check(st->header.reserved == 0 && bs->header.reserved == 0 && rt->header.reserved == 0);
	/* 2.0 is where loaders begin to believe; 2.99 where something is wrong */
	check(st->header.revision >= (2 << 16) && st->header.revision <= (2 << 16 | 110));
	check(bs->header.revision == st->header.revision);
	check(rt->header.revision == st->header.revision);
	check(crc_valid(&st->header));
	check(crc_valid(&bs->header));
	check(crc_valid(&rt->header));
	check(st->firmware_vendor != NULL && strlen16(st->firmware_vendor) > 0);
	check(strcmp16(st->firmware_vendor, u"Apple") != 0);
	check(st->con_out != NULL && st->con_in != NULL && st->std_err != NULL);
	check(st->con_out_handle != NULL && st->con_in_handle != NULL);
}

static void test_install(void)
{
	uint64_t n = st->n_tables;

	is(bs->install_configuration_table(NULL, &first), EFI_INVALID_PARAMETER);
	is(bs->install_configuration_table(&mine, NULL), EFI_NOT_FOUND);
	succeeds(bs->install_configuration_table(&mine, &first));
	check(st->n_tables == n + 1 && table_of(&mine) == &first);
	check_text(crc_valid(&st->header), "the system table's checksum follows");
	succeeds(bs->install_configuration_table(&other, &first));
	succeeds(bs->install_configuration_table(&mine, &second));
	check(st->n_tables == n + 2 && table_of(&mine) == &second && table_of(&other) == &first);
	succeeds(bs->install_configuration_table(&mine, NULL));
	check(st->n_tables == n + 1 && table_of(&mine) == NULL && table_of(&other) == &first);
	succeeds(bs->install_configuration_table(&other, NULL));
	check(st->n_tables == n && table_of(&other) == NULL);
	check(crc_valid(&st->header));
}

static void test_many(void)
{
	struct efi_guid guid = mine;
	uint64_t n = st->n_tables;
	unsigned i, n_wrong = 0;

	for (i = 0; i < 50; i++) {
		guid.a = 0x1000 + i;
		n_wrong += bs->install_configuration_table(&guid, &first) != EFI_SUCCESS;
	}
	check(n_wrong == 0 && st->n_tables == n + 50);
	for (i = 0; i < 50; i++) {
		guid.a = 0x1000 + i;
		n_wrong += bs->install_configuration_table(&guid, NULL) != EFI_SUCCESS;
	}
	check(n_wrong == 0 && st->n_tables == n);
}

static void test_known(void)
{
	struct efi_rt_properties_table *rt_table = table_of(&rt_properties_guid);
	const char *rsdp = table_of(&acpi20_guid);

	/* without the table all services are supported: EDK2 of 2022 may leave it out */
	check(rt_table != NULL || !on_bardo());
	if (rt_table) {
		check(rt_table->version == 1 && rt_table->n_bytes == 8);
		check(rt_table->supported & EFI_RT_SUPPORTED_GET_VARIABLE);
	}
	/* a machine without ACPI has no pointer to it */
	if (rsdp)
		check(memcmp(rsdp, "RSD PTR ", 8) == 0);
}

efi_status_t payload(void)
{
	test_headers();
	test_install();
	test_many();
	test_known();
	return tap_done();
}
