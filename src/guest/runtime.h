/* SPDX-License-Identifier: MIT */
#pragma once
/* Inside the runtime blob: what its files share. Never included outside guest/. */
#include "guest/runtime_abi.h"
#include "guest_call.h"

#include <stdbool.h>

#define hidden __attribute__((visibility("hidden")))

extern hidden struct runtime_code_header runtime_header;

static inline struct runtime_data *runtime_data(void)
{
	return (void *)runtime_header.data;
}

/* runtime_map.c; UEFI 8.4 */
hidden efi_api efi_status_t runtime_set_virtual_address_map(uint64_t map_bytes,
							    uint64_t descriptor_bytes,
							    uint32_t version, const uint8_t *map);
hidden efi_api efi_status_t runtime_convert_pointer(uint64_t disposition, uint64_t *address);

/* runtime_variable.c; UEFI 8.2 */
hidden efi_api efi_status_t runtime_get_variable(const efi_char16_t *name,
						 const struct efi_guid *vendor,
						 uint32_t *attributes, uint64_t *n_bytes,
						 void *data);
hidden efi_api efi_status_t runtime_get_next_variable_name(uint64_t *name_bytes, efi_char16_t *name,
							   struct efi_guid *vendor);
hidden efi_api efi_status_t runtime_query_variable_info(uint32_t attributes, uint64_t *max_storage,
							uint64_t *free_storage,
							uint64_t *max_variable);
