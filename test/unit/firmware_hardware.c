// SPDX-License-Identifier: MIT
/* EFI_SMBIOS_PROTOCOL and EFI_DT_FIXUP_PROTOCOL on the fake machine: argument rules and answers. */
#include "firmware/core/guid.h"
#include "firmware/core/memory.h"
#include "firmware/core/tables.h"
#include "firmware/hardware/hardware.h"
#include "fdt/fixup.h"
#include "made_fdt.h"
#include "tap.h"
#include "unit/fake_machine.h"

enum { SM_HANDLE = 0x100, SM_TYPE = 0x110, SM_RECORD = 0x120, SM_PRODUCER = 0x130 };
enum { ROOM = 0x180, RECORDS = FAKE_LOW_END };

static const uint8_t records[] = {
	0,   4, 0x10, 0, 'a', 0, 'b', 0, 0, /* at 0 */
	1,   6, 0x11, 0, 1,   2, 0,   0,    /* 9: no strings */
	16,  4, 0x12, 0, 'c', 0, 0,	    /* 17 */
	1,   4, 0x11, 0, 'd', 0, 0,	    /* 24: a handle that was there */
	17,  4, 0x13, 0, 0,   0,	    /* 31 */
	127, 4, 0x14, 0, 0,   0,	    /* 37: the end */
	1,   4, 0x15, 0, 0,   0,
};

static struct made_fdt own, brought;

static void no_step(struct fake_step *step)
{
	step->kind = FAKE_LEAVE;
}

static struct bytes tree_of(struct made_fdt *f, const char *property, const char *value)
{
	const uint64_t reg[] = { htobe64(0x400000), htobe64(0x20000) };

	memset(f, 0, sizeof(*f));
	made_fdt_begin(f, "");
	made_fdt_property(f, property, value, strlen(value) + 1);
	if (f == &brought) {
		made_fdt_reserve(f, 0x300800, 0x1000);
		made_fdt_begin(f, "reserved-memory");
		made_fdt_property(f, "#address-cells", "\0\0\0\2", 4);
		made_fdt_property(f, "#size-cells", "\0\0\0\2", 4);
		made_fdt_begin(f, "r");
		made_fdt_property(f, "no-map", "", 0);
		made_fdt_property(f, "reg", reg, sizeof(reg));
		made_fdt_end(f);
		made_fdt_end(f);
	}
	made_fdt_end(f);
	made_fdt_word(f, FDT_END);
	return made_fdt_whole(f);
}

/* In memory of the machine's: its records, or none. */
static void open_machine(struct bytes smbios, bool with_tree)
{
	static uint8_t page[0x10000];
	static struct firmware_memory memory[16];
	struct firmware_config config = fake_config();
	struct why why;

	memcpy(page, smbios.p, smbios.n);
	memcpy(memory, config.memory, config.n_memory * sizeof(memory[0]));
	for (unsigned i = 0; i < config.n_memory; i++)
		if (memory[i].start == RECORDS)
			memory[i].copy = page;
	config.memory = memory;
	config.smbios_records = (struct firmware_smbios){ RECORDS, (uint32_t)smbios.n, 3, 7 };
	if (with_tree)
		config.device_tree = tree_of(&own, "serial-number", "MACHINE");
	require(fake_open(config, no_step, &why) == 0);
	fake.base = fake.firmware->images.first->base;
}

static efi_addr_t interface_of(const struct efi_guid *guid)
{
	efi_addr_t interface = 0;

	return protocol_locate(fake.firmware, guid, &interface) ? interface : 0;
}

static efi_status_t ask(const struct part *part, unsigned service, uint64_t this, uint64_t a,
			uint64_t b, uint64_t c, uint64_t d)
{
	const struct service *s = &part->groups[0]->service[service];
	struct call call = { .fw = fake.firmware, .service = s, .arg = { this, a, b, c, d } };

	return s->answer(&call);
}

static uint16_t handle_now(void)
{
	uint16_t v;

	memcpy(&v, fake_at(fake_data(SM_HANDLE)), sizeof(v));
	return v;
}

static void put_handle(uint16_t handle)
{
	memcpy(fake_at(fake_data(SM_HANDLE)), &handle, sizeof(handle));
}

static efi_status_t next(int type)
{
	if (type >= 0)
		memcpy(fake_at(fake_data(SM_TYPE)), &(uint8_t){ (uint8_t)type }, 1);
	fake_put_u64(fake_data(SM_RECORD), 0);
	fake_put_u64(fake_data(SM_PRODUCER), 77);
	return ask(&part_smbios, 3, interface_of(&guid_smbios_protocol), fake_data(SM_HANDLE),
		   type < 0 ? 0 : fake_data(SM_TYPE), fake_data(SM_RECORD), fake_data(SM_PRODUCER));
}

static bool got(uint16_t handle, uint64_t at)
{
	return handle_now() == handle && fake_u64(fake_data(SM_RECORD)) == RECORDS + at &&
	       fake_u64(fake_data(SM_PRODUCER)) == 0;
}

static void test_records(void)
{
	efi_addr_t interface;

	open_machine((struct bytes){ records, sizeof(records) }, false);
	interface = interface_of(&guid_smbios_protocol);
	require(interface != 0);
	check(memcmp(fake_at(interface + 32), "\3\7", 2) == 0);
	put_handle(0xfffe);
	check(next(-1) == EFI_SUCCESS && got(0x10, 0));
	check(next(-1) == EFI_SUCCESS && got(0x11, 9));
	/* behind the last of that handle, so that this ends */
	check(next(-1) == EFI_SUCCESS && got(0x13, 31));
	check(next(-1) == EFI_NOT_FOUND && handle_now() == 0xfffe &&
	      !fake_u64(fake_data(SM_RECORD)));
	check(next(16) == EFI_SUCCESS && got(0x12, 17));
	check(next(16) == EFI_NOT_FOUND && handle_now() == 0xfffe);
	check(next(1) == EFI_SUCCESS && got(0x11, 9) && next(1) == EFI_NOT_FOUND);
	check(next(127) == EFI_NOT_FOUND);
	put_handle(0x99); /* nobody's */
	check(next(-1) == EFI_NOT_FOUND);
	put_handle(0xfffe);
	check(ask(&part_smbios, 3, interface, fake_data(SM_HANDLE), 0, fake_data(SM_RECORD), 0) ==
	      EFI_SUCCESS);
	check(ask(&part_smbios, 3, interface, 0, 0, fake_data(SM_RECORD), 0) ==
	      EFI_INVALID_PARAMETER);
	check(ask(&part_smbios, 3, interface, fake_data(SM_HANDLE), 0, 0, 0) ==
	      EFI_INVALID_PARAMETER);
	check(ask(&part_smbios, 3, interface, fake_data(SM_HANDLE), 8, fake_data(SM_RECORD), 0) ==
	      EFI_INVALID_PARAMETER);
	check(!interface_of(&guid_dt_fixup));
	fake_close();
}

/* Of each shorter table what is whole is there, and nothing behind it is looked at. */
static void test_cut(void)
{
	/* by how many are whole; the fourth has the second one's handle */
	static const unsigned ends[] = { 9, 17, 24, 31, 37 }, found[] = { 0, 1, 2, 3, 2, 3 };
	unsigned n, n_whole;

	for (unsigned cut = 1; cut < sizeof(records); cut++) {
		open_machine((struct bytes){ records, cut }, false);
		put_handle(0xfffe);
		for (n = 0; next(-1) == EFI_SUCCESS && n < 9; n++)
			;
		for (n_whole = 0; n_whole < ARRAY_SIZE(ends) && ends[n_whole] <= cut; n_whole++)
			;
		check_msg(n == found[n_whole], "%u bytes: %u records, not %u", cut, n,
			  found[n_whole]);
		fake_close();
	}
	open_machine((struct bytes){ records, 0 }, false);
	check(!interface_of(&guid_smbios_protocol));
	fake_close();
}

static efi_status_t fixup(uint64_t fdt, uint64_t room, uint64_t flags)
{
	fake_put_u64(fake_data(ROOM), room);
	return ask(&part_dt_fixup, 0, interface_of(&guid_dt_fixup), fdt, fake_data(ROOM), flags, 0);
}

static enum efi_memory_type type_at(uint64_t addr)
{
	return page_map_find(&fake.firmware->map, addr)->type;
}

static void test_fixup_arguments(uint64_t fdt, struct bytes tree)
{
	const efi_addr_t this = interface_of(&guid_dt_fixup);

	check(fixup(fdt, 0x3000, 0) == EFI_INVALID_PARAMETER);
	check(fixup(fdt, 0x3000, 8) == EFI_INVALID_PARAMETER);
	check(fixup(fdt, 0x3000, 9) == EFI_INVALID_PARAMETER);
	check(fixup(0, 0x3000, 1) == EFI_INVALID_PARAMETER);
	check(ask(&part_dt_fixup, 0, this, fdt, 0, 1, 0) == EFI_INVALID_PARAMETER);
	check(ask(&part_dt_fixup, 0, 0, fdt, fake_data(ROOM), 1, 0) == EFI_INVALID_PARAMETER);
	check(ask(&part_dt_fixup, 0, fdt, fdt, fake_data(ROOM), 1, 0) == EFI_INVALID_PARAMETER);
	check(fixup(fdt, tree.n - 1, 2) == EFI_BUFFER_TOO_SMALL &&
	      fake_u64(fake_data(ROOM)) == tree.n);
	check(fixup(fdt, 0, 1) == EFI_BUFFER_TOO_SMALL &&
	      fake_u64(fake_data(ROOM)) ==
		      fdt_fixup(tree, fake.firmware->config.device_tree, NULL, 0));
	check(!memcmp(fake_at(fdt), tree.p, tree.n));
	*(uint8_t *)fake_at(fdt) ^= 1;
	check(fixup(fdt, 0x3000, 1) == EFI_INVALID_PARAMETER);
	check(fixup(fdt, 0x3000, 2) == EFI_INVALID_PARAMETER);
	*(uint8_t *)fake_at(fdt) ^= 1;
	/* a size that is a lie: there is no such memory */
	check(fixup(FAKE_RAM_BYTES - 8, 0x3000, 1) == EFI_INVALID_PARAMETER);
}

static void test_fixup(void)
{
	const struct bytes tree = tree_of(&brought, "model", "of a file");
	uint64_t fdt = 0x500000, n;

	open_machine((struct bytes){ records, 0 }, true);
	require(interface_of(&guid_dt_fixup) != 0);
	check(fake_u64(interface_of(&guid_dt_fixup)) == 0x10000);
	require(memory_allocate(fake.firmware, EFI_ALLOCATE_ADDRESS, EFI_ACPI_RECLAIM_MEMORY, 4,
				&fdt) == EFI_SUCCESS);
	memcpy(fake_at(fdt), tree.p, tree.n);
	test_fixup_arguments(fdt, tree);
	n = fdt_fixup(tree, fake.firmware->config.device_tree, NULL, 0);
	check(type_at(0x300000) == EFI_CONVENTIONAL_MEMORY);
	check(fixup(fdt, n, 1) == EFI_SUCCESS);
	check(memmem(fake_at(fdt), n, "MACHINE", 8) && memmem(fake_at(fdt), n, "of a file", 10));
	check(type_at(0x300000) == EFI_CONVENTIONAL_MEMORY);
	/* the range that is cut by pages, both of which it takes; the next one is a kernel's alone
	 */
	check(fixup(fdt, n, 2) == EFI_SUCCESS);
	check(type_at(0x300000) == EFI_BOOT_SERVICES_DATA &&
	      type_at(0x301000) == EFI_BOOT_SERVICES_DATA &&
	      type_at(0x302000) == EFI_CONVENTIONAL_MEMORY);
	check(type_at(0x400000) == EFI_RESERVED_MEMORY &&
	      type_at(0x41f000) == EFI_RESERVED_MEMORY &&
	      type_at(0x420000) == EFI_CONVENTIONAL_MEMORY);
	check(fixup(fdt, 0x4000, 7) == EFI_SUCCESS);
	check(table_find(fake.firmware, &guid_device_tree) == fdt);
	check(fake_agrees());
	fake_close();
}

int main(void)
{
	test_records();
	test_cut();
	test_fixup();
	return tap_done();
}
