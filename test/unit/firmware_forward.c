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

static void open_with(const struct runtime_firmware *f)
{
	struct firmware_config config = fake_config();
	struct why why;

	config.runtime = f;
	config.runtime_supported = UINT32_MAX;
	require(fake_open(config, no_step, &why) == 0);
	fake.base = fake.firmware->images.first->base;
	read_map();
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
	fake_close();
	return tap_done();
}
