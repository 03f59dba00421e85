/* SPDX-License-Identifier: MIT */
#pragma once
/* Where each service stands in its table, in pointers from the table's start (4.4, 4.5). */
#include "firmware/core/service.h"
#include "guest/runtime_abi.h"

enum {
	BS_RAISE_TPL = 3,
	BS_RESTORE_TPL,
	BS_ALLOCATE_PAGES,
	BS_FREE_PAGES,
	BS_GET_MEMORY_MAP,
	BS_ALLOCATE_POOL,
	BS_FREE_POOL,
	BS_CREATE_EVENT,
	BS_SET_TIMER,
	BS_WAIT_FOR_EVENT,
	BS_SIGNAL_EVENT,
	BS_CLOSE_EVENT,
	BS_CHECK_EVENT,
	BS_INSTALL_PROTOCOL_INTERFACE,
	BS_REINSTALL_PROTOCOL_INTERFACE,
	BS_UNINSTALL_PROTOCOL_INTERFACE,
	BS_HANDLE_PROTOCOL,
	BS_RESERVED,
	BS_REGISTER_PROTOCOL_NOTIFY,
	BS_LOCATE_HANDLE,
	BS_LOCATE_DEVICE_PATH,
	BS_INSTALL_CONFIGURATION_TABLE,
	BS_LOAD_IMAGE,
	BS_START_IMAGE,
	BS_EXIT,
	BS_UNLOAD_IMAGE,
	BS_EXIT_BOOT_SERVICES,
	BS_GET_NEXT_MONOTONIC_COUNT,
	BS_STALL,
	BS_SET_WATCHDOG_TIMER,
	BS_CONNECT_CONTROLLER,
	BS_DISCONNECT_CONTROLLER,
	BS_OPEN_PROTOCOL,
	BS_CLOSE_PROTOCOL,
	BS_OPEN_PROTOCOL_INFORMATION,
	BS_PROTOCOLS_PER_HANDLE,
	BS_LOCATE_HANDLE_BUFFER,
	BS_LOCATE_PROTOCOL,
	BS_INSTALL_MULTIPLE,
	BS_UNINSTALL_MULTIPLE,
	BS_CALCULATE_CRC32,
	BS_COPY_MEM,
	BS_SET_MEM,
	BS_CREATE_EVENT_EX,
	BS_TABLE_WORDS,
};
static_assert(BS_TABLE_WORDS == 3 + EFI_N_BOOT_SERVICES, "EFI_BOOT_SERVICES");

enum { RT_FIRST = 3, RT_TABLE_WORDS = RT_FIRST + RUNTIME_N_SERVICES };
#define RT_SLOT(service) (RT_FIRST + RUNTIME_##service)

/* time.c */
efi_status_t get_time(struct call *call);

/* variable.c */
efi_status_t get_variable(struct call *call);
efi_status_t get_next_variable_name(struct call *call);
efi_status_t set_variable(struct call *call);
efi_status_t query_variable_info(struct call *call);

extern const struct service_group group_memory, group_events, group_protocols, group_locating,
	group_opening, group_images, group_miscellaneous, group_runtime;
