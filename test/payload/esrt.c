// SPDX-License-Identifier: MIT
/*
 * A firmware whose parts can be updated by capsules, as far as a kernel sees: it finds their
 * table, in memory of the kind that EDK2 uses; and one that lacks some runtime services, as it
 * says. Then \kernel.efi is started.
 */
#include "lib.h"

enum { BOOT_SERVICES_DATA = 4, RUNTIME_SERVICES_DATA = 6, PARTS = 3 };

static const struct efi_guid esrt_guid = {
	0xb122a263, 0x3661, 0x4f68, { 0x99, 0x29, 0x78, 0xf8, 0xb0, 0xd6, 0x21, 0x80 }
};

struct part {
	struct efi_guid class;
	uint32_t type, version, lowest_version, capsule_flags, last_version, last_status;
};

struct esrt {
	uint32_t n, most;
	uint64_t version;
	struct part part[PARTS];
};

static efi_status_t say_what_is_supported(void)
{
	struct efi_rt_properties_table *table = NULL;

	require(bs->allocate_pool(RUNTIME_SERVICES_DATA, sizeof(*table), (void **)&table));
	*table = (struct efi_rt_properties_table){ 1, sizeof(*table),
						   EFI_RT_SUPPORTED_ALL &
							   ~(EFI_RT_SUPPORTED_SET_WAKEUP_TIME |
							     EFI_RT_SUPPORTED_UPDATE_CAPSULE) };
	return bs->install_configuration_table(&rt_properties_guid, table);
}

efi_status_t payload(void)
{
	struct esrt *table = NULL;
	handle_t image = NULL;

	require(bs->allocate_pool(BOOT_SERVICES_DATA, sizeof(*table), (void **)&table));
	*table = (struct esrt){ PARTS, PARTS, 1, { { { 0 } } } };
	for (uint32_t i = 0; i < PARTS; i++)
		table->part[i] = (struct part){
			{ 0x0a1f7d42 + i, 0x5c0e, 0x4c8b, { 1, 2, 3, 4, 5, 6, 7, 8 } },
			1 + i % 2,
			0x10203 * i,
			i,
			0xffff0000u >> i,
			0xffffffff - i,
			i
		};
	require(bs->install_configuration_table(&esrt_guid, table));
	require(say_what_is_supported());
	require(load_beside(u"\\kernel.efi", &image));
	return bs->start_image(image, NULL, NULL);
}
