// SPDX-License-Identifier: MIT
#include "firmware/core/guid.h"
#include "tap.h"

#include <stdio.h>

/* One bit more or less in each field is another GUID. */
static void test_equal(void)
{
	const struct efi_guid a = guid_loaded_image;
	struct efi_guid b;
	bool differ = true;

	check(guid_equal(&a, &guid_loaded_image));
	for (unsigned bit = 0; bit < 128; bit++) {
		b = a;
		((uint8_t *)&b)[bit / 8] ^= (uint8_t)(1 << bit % 8);
		differ &= !guid_equal(&a, &b);
	}
	check_msg(differ, "every bit counts");
}

static void test_names(void)
{
	static const struct {
		struct efi_guid guid;
		const char *name;
	} rows[] = {
		/* as the specification prints them */
		{ { 0x5b1b31a1,
		    0x9562,
		    0x11d2,
		    { 0x8e, 0x3f, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b } },
		  "LoadedImage" },
		{ { 0x09576e91,
		    0x6d3f,
		    0x11d2,
		    { 0x8e, 0x39, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b } },
		  "DevicePath" },
		{ { 0x8be4df61,
		    0x93ca,
		    0x11d2,
		    { 0xaa, 0x0d, 0x00, 0xe0, 0x98, 0x03, 0x2b, 0x8c } },
		  "GlobalVariable" },
		{ { 0x605dab50,
		    0xe046,
		    0x4300,
		    { 0xab, 0xb6, 0x3d, 0xd8, 0x10, 0xdd, 0x8b, 0x23 } },
		  "ShimLock" },
		{ { 0x387477c1,
		    0x69c7,
		    0x11d2,
		    { 0x8e, 0x39, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b } },
		  "SimpleTextInput" },
		{ { 0x387477c2,
		    0x69c7,
		    0x11d2,
		    { 0x8e, 0x39, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b } },
		  "SimpleTextOutput" },
		{ { 0x00000001, 0x0002, 0x0003, { 4, 5, 6, 7, 8, 9, 0xa, 0xb } },
		  "00000001-0002-0003-0405-060708090a0b" },
		{ { 0xffffffff, 0xffff, 0xffff, { 255, 255, 255, 255, 255, 255, 255, 255 } },
		  "ffffffff-ffff-ffff-ffff-ffffffffffff" },
		{ { 0 }, "00000000-0000-0000-0000-000000000000" },
	};
	char buf[GUID_TEXT_BYTES];

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_msg(!strcmp(guid_name(&rows[i].guid, buf), rows[i].name), "%s", rows[i].name);
}

/* Each one of ours has a name and shares it with no other. */
static void test_ours(void)
{
	const struct efi_guid *const ours[] = {
		&guid_loaded_image,
		&guid_loaded_image_device_path,
		&guid_device_path,
		&guid_simple_text_output,
		&guid_simple_text_input,
		&guid_simple_text_input_ex,
		&guid_rng,
		&guid_rng_raw,
		&guid_memory_attribute,
		&guid_device_path_to_text,
		&guid_load_file2,
		&guid_driver_binding,
		&guid_linux_initrd_media,
		&guid_acpi20,
		&guid_acpi10,
		&guid_smbios3,
		&guid_smbios,
		&guid_rt_properties,
		&guid_bardo_device,
		&guid_event_exit_boot_services,
		&guid_event_before_exit_boot_services,
		&guid_event_virtual_address_change,
		&guid_event_memory_map_change,
		&guid_event_ready_to_boot,
	};
	char a[GUID_TEXT_BYTES], b[GUID_TEXT_BYTES];
	const char *name;
	bool apart = true;

	for (unsigned i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		name = guid_name(ours[i], a);
		apart &= name != a;
		for (unsigned k = 0; k < i; k++)
			apart &= !guid_equal(ours[i], ours[k]) &&
				 strcmp(name, guid_name(ours[k], b)) != 0;
	}
	check_msg(apart, "every GUID of ours has a name of its own");
}

int main(void)
{
	test_equal();
	test_names();
	test_ours();
	return tap_done();
}
