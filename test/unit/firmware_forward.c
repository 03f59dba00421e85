// SPDX-License-Identifier: MIT
/* The machine's firmware in the memory map of a kernel that calls it where it lies. */
#include "firmware/core/forward.h"
#include "firmware/core/guid.h"
#include "firmware/core/memory.h"
#include "firmware/core/services.h"
#include "firmware/core/tables.h"
#include "tap.h"
#include "unit/fake_machine.h"

enum { ROOM = 0x200, MAP = 0x240, DESCRIPTOR = 48 };

/* A part of one region, one that ends behind it, a device, and memory that is the image's. */
static const struct runtime_firmware machine = {
	.system_table = FAKE_LOW_END + 0x4018,
	.version = RUNTIME_FIRMWARE_VERSION,
	.n = 4,
	.region = { { FAKE_LOW_END + 0x4000, FAKE_LOW_END + 0x4000, 4, EFI_MEMORY_RUNTIME | 15, 6,
		      0 },
		    { FAKE_LOW_END + 0x2f000, FAKE_LOW_END + 0x2f000, 9, EFI_MEMORY_RUNTIME | 15, 5,
		      0 },
		    { FAKE_DEVICE + 0x8000, FAKE_DEVICE + 0x8000, 1, EFI_MEMORY_RUNTIME | 1, 11,
		      0 },
		    { 0x500000, 0x500000, 1, EFI_MEMORY_RUNTIME | 15, 6, 0 } },
};

static void no_step(struct fake_step *step)
{
	step->kind = FAKE_LEAVE;
}

static uint8_t map[0x4000];
static uint64_t n_map;

static void read_map(void)
{
	const struct service *s = &group_memory.service[2];
	struct call call = { .fw = fake.firmware, .service = s };
	uint64_t at = 0;

	require(!strcmp(s->name, "GetMemoryMap"));
	require(memory_allocate(fake.firmware, EFI_ALLOCATE_ANY_PAGES, EFI_LOADER_DATA, 4, &at) ==
		EFI_SUCCESS);
	fake_put_u64(fake_data(ROOM), sizeof(map));
	call.arg[0] = fake_data(ROOM);
	call.arg[1] = at;
	require(s->answer(&call) == EFI_SUCCESS);
	n_map = fake_u64(fake_data(ROOM));
	memcpy(map, fake_at(at), n_map);
}

/* Is that one descriptor? */
static bool has(uint32_t type, uint64_t start, uint64_t n_pages, uint64_t attribute)
{
	struct efi_memory_descriptor d;

	for (uint64_t at = 0; at < n_map; at += DESCRIPTOR) {
		memcpy(&d, map + at, sizeof(d));
		if (d.physical_start == start)
			return d.type == type && d.n_pages == n_pages && d.attribute == attribute;
	}
	return false;
}

static uint32_t supported(void)
{
	const struct efi_rt_properties_table *table =
		fake_at(table_find(fake.firmware, &guid_rt_properties));

	return table->supported;
}

/* What it says of its memory, as host_runtime_attributes() has it. */
static struct bytes attributes;

static void open_with(const struct runtime_firmware *f)
{
	struct firmware_config config = fake_config();
	struct why why;

	config.runtime = f;
	config.runtime_attributes = attributes;
	config.largest_page = 16 * PAGE_BYTES;
	config.runtime_supported = UINT32_MAX;
	require(fake_open(config, no_step, &why) == 0);
	fake.base = fake.firmware->images.first->base;
	read_map();
}

static struct {
	struct efi_memory_attributes_table head;
	struct {
		struct efi_memory_descriptor d;
		uint64_t more; /* of a later version */
	} of[9];
} told;

static void tell(unsigned i, uint32_t type, uint64_t start, uint64_t n_pages, uint64_t attribute)
{
	told.of[i].d = (struct efi_memory_descriptor){ .type = type,
						       .physical_start = start,
						       .virtual_start = 77,
						       .n_pages = n_pages,
						       .attribute = attribute };
}

static const struct efi_memory_attributes_table *attributes_table(void)
{
	const efi_addr_t at = table_find(fake.firmware, &guid_memory_attributes_table);

	return at ? fake_at(at) : NULL;
}

static struct efi_memory_descriptor attributes_of(const struct efi_memory_attributes_table *t,
						  unsigned i)
{
	struct efi_memory_descriptor d;

	memcpy(&d, (const uint8_t *)(t + 1) + i * sizeof(d), sizeof(d));
	return d;
}

static bool is(struct efi_memory_descriptor d, uint32_t type, uint64_t start, uint64_t n_pages,
	       uint64_t attribute)
{
	return d.type == type && d.physical_start == start && d.virtual_start == 0 &&
	       d.n_pages == n_pages && d.attribute == (EFI_MEMORY_RUNTIME | attribute);
}

/* Of its regions what it says; of others, or without a right less, nothing. */
static void test_attributes(void)
{
	const uint64_t data = FAKE_LOW_END + 0x4000, code = FAKE_LOW_END + 0x2f000;
	const struct efi_memory_attributes_table *t;
	const struct firmware *fw;

	told.head = (struct efi_memory_attributes_table){ 2, ARRAY_SIZE(told.of),
							  sizeof(told.of[0]), 0xff };
	tell(0, EFI_RUNTIME_SERVICES_DATA, data, 3, EFI_MEMORY_RUNTIME | EFI_MEMORY_XP | 15);
	tell(1, EFI_RUNTIME_SERVICES_CODE, data + 0x3000, 1, EFI_MEMORY_XP);
	tell(2, EFI_RUNTIME_SERVICES_DATA, data + 0x3000, 2, EFI_MEMORY_XP);
	tell(3, EFI_RUNTIME_SERVICES_DATA, data + 0x3000, 1, EFI_MEMORY_RUNTIME | 15);
	tell(4, EFI_RUNTIME_SERVICES_DATA, data + 0x3001, 1, EFI_MEMORY_XP);
	tell(5, EFI_RUNTIME_SERVICES_DATA, data + 0x3000, UINT64_MAX, EFI_MEMORY_XP);
	tell(6, EFI_RUNTIME_SERVICES_DATA, data - 0x1000, 1, EFI_MEMORY_XP);
	tell(7, EFI_RUNTIME_SERVICES_DATA, data, 0, EFI_MEMORY_XP);
	tell(8, EFI_RUNTIME_SERVICES_CODE, code, 1, EFI_MEMORY_RUNTIME | EFI_MEMORY_RO);
	attributes = (struct bytes){ (const uint8_t *)&told, sizeof(told) };
	open_with(&machine);
	fw = fake.firmware;
	t = attributes_table();
	require(t);
	check(t->version == 2 && t->n == 5 && t->descriptor_bytes == 40 && t->flags == 1);
	check(is(attributes_of(t, 0), EFI_RUNTIME_SERVICES_CODE, fw->runtime_code, 16,
		 EFI_MEMORY_RO));
	check(attributes_of(t, 1).physical_start == fw->runtime_data &&
	      attributes_of(t, 1).attribute == (EFI_MEMORY_RUNTIME | EFI_MEMORY_XP));
	check(is(attributes_of(t, 2), EFI_RUNTIME_SERVICES_DATA, fw->system_table, 16,
		 EFI_MEMORY_XP));
	check(is(attributes_of(t, 3), EFI_RUNTIME_SERVICES_DATA, data, 3, EFI_MEMORY_XP));
	check(is(attributes_of(t, 4), EFI_RUNTIME_SERVICES_CODE, code, 1, EFI_MEMORY_RO));
	/* it goes with the state, and kernels keep it */
	check(page_map_find(&fw->map, table_find(fake.firmware, &guid_memory_attributes_table))
		      ->type == EFI_ACPI_RECLAIM_MEMORY);
	for (unsigned i = 0; i < 3; i++) {
		const struct efi_memory_descriptor d = attributes_of(t, i);

		for (uint64_t k = 0; k < d.n_pages; k++)
			check(page_map_find(&fw->map, d.physical_start + k * PAGE_BYTES)->type ==
			      d.type);
	}
	fake_close();
}

/* One that is cut, or of no version that is known; and none, where there is no firmware. */
static void test_no_attributes(void)
{
	const struct efi_memory_attributes_table head = told.head;

	attributes.n = sizeof(told.head) + sizeof(told.of[0]) + 39;
	told.head.n = 2;
	open_with(&machine);
	check(attributes_table() && attributes_table()->n == 4);
	fake_close();
	attributes.n = sizeof(told);
	told.head.n = UINT32_MAX;
	open_with(&machine);
	check(!attributes_table());
	fake_close();
	told.head = head;
	told.head.version = 3;
	open_with(&machine);
	check(!attributes_table());
	fake_close();
	told.head.version = 1;
	told.head.descriptor_bytes = 39;
	open_with(&machine);
	check(!attributes_table());
	fake_close();
	told.head.descriptor_bytes = head.descriptor_bytes;
	open_with(&machine);
	check(attributes_table() && attributes_table()->flags == 0);
	fake_close();
	open_with(NULL);
	check(!attributes_table());
	fake_close();
	attributes.n = 0;
}

int main(void)
{
	const uint64_t plain = EFI_MEMORY_UC | EFI_MEMORY_WC | EFI_MEMORY_WT | EFI_MEMORY_WB;

	open_with(&machine);
	check(has(EFI_ACPI_RECLAIM_MEMORY, FAKE_LOW_END, 4, plain));
	check(has(EFI_RUNTIME_SERVICES_DATA, FAKE_LOW_END + 0x4000, 4, EFI_MEMORY_RUNTIME | 15));
	check(has(EFI_ACPI_RECLAIM_MEMORY, FAKE_LOW_END + 0x8000, 8, plain));
	/* what is not in the map does not get into it */
	check(has(EFI_RUNTIME_SERVICES_CODE, FAKE_LOW_END + 0x2f000, 1, EFI_MEMORY_RUNTIME | 15));
	check(has(EFI_MEMORY_MAPPED_IO, FAKE_DEVICE, 8, EFI_MEMORY_UC));
	check(has(EFI_MEMORY_MAPPED_IO, FAKE_DEVICE + 0x8000, 1, EFI_MEMORY_RUNTIME | 1));
	check(has(EFI_MEMORY_MAPPED_IO, FAKE_DEVICE + 0x9000, 7, EFI_MEMORY_UC));
	check(page_map_find(&fake.firmware->map, 0x500000)->type == EFI_CONVENTIONAL_MEMORY);
	/* nobody tells it of virtual addresses */
	check(supported() == (EFI_RT_SUPPORTED_ALL & ~(EFI_RT_SUPPORTED_SET_VIRTUAL_ADDRESS_MAP |
						       EFI_RT_SUPPORTED_CONVERT_POINTER)));
	fake_close();
	open_with(NULL);
	check(has(EFI_ACPI_RECLAIM_MEMORY, FAKE_LOW_END, 16, plain));
	check(has(EFI_MEMORY_MAPPED_IO, FAKE_DEVICE, 16, EFI_MEMORY_UC));
	check(!(supported() & EFI_RT_SUPPORTED_RESET_SYSTEM));
	check(!attributes_table());
	fake_close();
	test_attributes();
	test_no_attributes();
	return tap_done();
}
