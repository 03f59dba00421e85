/* SPDX-License-Identifier: MIT */
#pragma once
/* The system table and the tables it names (UEFI 2.10, 4). */
#include "efi/types.h"

#include <stdbool.h>

struct firmware;
struct why;

int tables_open(struct firmware *fw, struct why *why);
efi_status_t table_install(struct firmware *fw, const struct efi_guid *guid, efi_addr_t table);
enum console_slot { CONSOLE_IN, CONSOLE_OUT, CONSOLE_ERROR };
void table_set_console(struct firmware *fw, enum console_slot slot, efi_handle_t handle,
		       efi_addr_t interface);
/* Put a table in without anybody being told: boot services have ended. */
bool table_install_silently(struct firmware *fw, const struct efi_guid *guid, efi_addr_t table);
/* Address of a table, 0 when there is none. */
efi_addr_t table_find(struct firmware *fw, const struct efi_guid *guid);
void tables_end_boot_services(struct firmware *fw);
