/* SPDX-License-Identifier: MIT */
#pragma once
/* GUIDs that firmware knows by name. */
#include "efi/types.h"

#include <stdbool.h>
#include <string.h>

static inline bool guid_equal(const struct efi_guid *a, const struct efi_guid *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

enum { GUID_TEXT_BYTES = 37 };

/* Its name if it has one, else its digits, written into buf. */
const char *guid_name(const struct efi_guid *guid, char buf[static GUID_TEXT_BYTES]);

extern const struct efi_guid guid_loaded_image;
extern const struct efi_guid guid_loaded_image_device_path;
extern const struct efi_guid guid_device_path;
extern const struct efi_guid guid_simple_text_output;
extern const struct efi_guid guid_simple_text_input;
extern const struct efi_guid guid_simple_text_input_ex;
extern const struct efi_guid guid_rng;
extern const struct efi_guid guid_rng_raw;
extern const struct efi_guid guid_memory_attribute;
extern const struct efi_guid guid_device_path_to_text;
extern const struct efi_guid guid_load_file;
extern const struct efi_guid guid_load_file2;
extern const struct efi_guid guid_hii_database;
extern const struct efi_guid guid_hii_string;
extern const struct efi_guid guid_block_io;
extern const struct efi_guid guid_block_io2;
extern const struct efi_guid guid_disk_io;
extern const struct efi_guid guid_device_path_utilities;
extern const struct efi_guid guid_device_path_from_text;
extern const struct efi_guid guid_unicode_collation;
extern const struct efi_guid guid_unicode_collation2;
extern const struct efi_guid guid_graphics_output;
extern const struct efi_guid guid_serial_io;
extern const struct efi_guid guid_simple_file_system;
extern const struct efi_guid guid_file_info;
extern const struct efi_guid guid_file_system_info;
extern const struct efi_guid guid_file_system_label;
extern const struct efi_guid guid_driver_binding;
extern const struct efi_guid guid_platform_driver_override;
extern const struct efi_guid guid_driver_family_override;
extern const struct efi_guid guid_bus_driver_override;
extern const struct efi_guid guid_linux_initrd_media;
extern const struct efi_guid guid_acpi20;
extern const struct efi_guid guid_device_tree;
extern const struct efi_guid guid_acpi10;
extern const struct efi_guid guid_smbios3;
extern const struct efi_guid guid_smbios;
extern const struct efi_guid guid_smbios_protocol;
extern const struct efi_guid guid_dt_fixup;
extern const struct efi_guid guid_esrt;
extern const struct efi_guid guid_linux_mok_variables;
extern const struct efi_guid guid_rt_properties;
extern const struct efi_guid guid_memory_attributes_table;
extern const struct efi_guid guid_systemd_loader;
extern const struct efi_guid guid_linux_random_seed;
extern const struct efi_guid guid_linux_tpm_event_log;
extern const struct efi_guid guid_tcg2;
extern const struct efi_guid guid_tcg2_final_events;
extern const struct efi_guid guid_bardo_device; /* where images come from that bardo was given */
extern const struct efi_guid guid_event_exit_boot_services;
extern const struct efi_guid guid_event_before_exit_boot_services;
extern const struct efi_guid guid_event_virtual_address_change;
extern const struct efi_guid guid_event_memory_map_change;
extern const struct efi_guid guid_event_ready_to_boot;
extern const struct efi_guid guid_event_reset_system;
