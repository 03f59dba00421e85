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

/* Can the machine's own firmware be called? Not before SetVirtualAddressMap. */
static inline bool runtime_forwards(const struct runtime_data *d)
{
	return d->forward.state == RUNTIME_TABLES_USED && d->forward.system_table;
}

/*
 * runtime_forward.S: the machine's firmware's own services; EFI_UNSUPPORTED when it cannot be
 * called, EFI_NOT_READY during another call. What lies in our own data it finds at its physical
 * address only: at the address that is ours now, it may have something else.
 */
hidden efi_api efi_status_t firmware_get_variable(const efi_char16_t *name,
						  const struct efi_guid *vendor,
						  uint32_t *attributes, uint64_t *n_bytes,
						  void *data);
hidden efi_api efi_status_t firmware_get_next_variable_name(uint64_t *name_bytes,
							    efi_char16_t *name,
							    struct efi_guid *vendor);
hidden efi_api efi_status_t firmware_set_variable(const efi_char16_t *name,
						  const struct efi_guid *vendor,
						  uint32_t attributes, uint64_t n_bytes,
						  const void *data);
hidden efi_api efi_status_t firmware_query_variable_info(uint32_t attributes, uint64_t *max_storage,
							 uint64_t *free_storage,
							 uint64_t *max_variable);
hidden efi_api efi_status_t firmware_reset_system(uint32_t type, efi_status_t status,
						  uint64_t n_bytes, const void *data);

/* <processor>/runtime_tables_look.c: at_code and at_data say where the map moves us. */
hidden void runtime_tables_begin(struct runtime_data *d);
/* To a register in memory. False when that cannot be reached. */
hidden bool runtime_write_memory(struct runtime_data *d, const struct runtime_write *w);

/* <processor>/runtime_reset.c; UEFI 8.5.1 */
hidden efi_api efi_status_t runtime_reset_system(uint32_t type, efi_status_t status,
						 uint64_t n_bytes, const void *data);

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
hidden efi_api efi_status_t runtime_set_variable(const efi_char16_t *name,
						 const struct efi_guid *vendor, uint32_t attributes,
						 uint64_t n_bytes, const void *data);
hidden efi_api efi_status_t runtime_query_variable_info(uint32_t attributes, uint64_t *max_storage,
							uint64_t *free_storage,
							uint64_t *max_variable);
