/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * The runtime services that survive into the next kernel: what firmware lays
 * down for them and what they find there (UEFI 2.10 chapter 8).
 *
 * The code is a blob, copied page aligned into EfiRuntimeServicesCode; the data
 * is one page-aligned stretch of EfiRuntimeServicesData, struct runtime_data
 * and the variables behind it. SetVirtualAddressMap may move the two apart, so
 * the code finds its data through one slot in its header and nowhere else.
 */
#include "base/bytes.h"
#include "efi/types.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

/* The order of the function pointers in EFI_RUNTIME_SERVICES, 4.5 */
enum runtime_service {
	RUNTIME_GET_TIME,
	RUNTIME_SET_TIME,
	RUNTIME_GET_WAKEUP_TIME,
	RUNTIME_SET_WAKEUP_TIME,
	RUNTIME_SET_VIRTUAL_ADDRESS_MAP,
	RUNTIME_CONVERT_POINTER,
	RUNTIME_GET_VARIABLE,
	RUNTIME_GET_NEXT_VARIABLE_NAME,
	RUNTIME_SET_VARIABLE,
	RUNTIME_GET_NEXT_HIGH_MONOTONIC_COUNT,
	RUNTIME_RESET_SYSTEM,
	RUNTIME_UPDATE_CAPSULE,
	RUNTIME_QUERY_CAPSULE_CAPABILITIES,
	RUNTIME_QUERY_VARIABLE_INFO,
	RUNTIME_N_SERVICES,
};
static_assert((int)RUNTIME_N_SERVICES == (int)EFI_N_RUNTIME_SERVICES, "EFI_RUNTIME_SERVICES");

#define RUNTIME_CODE_MAGIC UINT64_C(0x65646f632d747262) /* "brt-code" */
#define RUNTIME_DATA_MAGIC UINT64_C(0x617461642d747262) /* "brt-data" */

/* At offset 0 of the code. */
struct runtime_code_header {
	uint64_t magic;
	uint64_t data; /* address of struct runtime_data: firmware sets it, the map moves it */
	uint32_t entry[RUNTIME_N_SERVICES]; /* offsets from here: function pointers of the table */
	uint32_t n_bytes;		    /* of the blob, this included */
	uint32_t reserved;
};
static_assert(offsetof(struct runtime_code_header, entry) == 16, "runtime_entries.inc");
static_assert(sizeof(struct runtime_code_header) == 80, "runtime_entries.inc");

/* An EVT_SIGNAL_VIRTUAL_ADDRESS_CHANGE event, all addresses physical. */
struct runtime_notify {
	uint64_t function; /* EFI_EVENT_NOTIFY */
	uint64_t event;
	uint64_t context;
};

enum { RUNTIME_MAX_NOTIFY = 32, RUNTIME_MAX_REGIONS = 256 };

/* A write to a register: of what is there, keep these bits and set those. n_bytes 0: none. */
enum runtime_space { RUNTIME_MEMORY, RUNTIME_IO, RUNTIME_PCI }; /* as ACPI 6.5, 5.2.3.2 */

struct runtime_write {
	uint64_t address;
	uint32_t value, keep;
	uint8_t space, n_bytes, reserved[6];
};

/* How this machine is reset and switched off without its firmware. */
struct runtime_power {
	struct runtime_write reset;
	struct runtime_write off[2]; /* one behind the other */
};

/* What a call under page tables of our own keeps: there is no stack to be had on the way. */
struct runtime_frame {
	uint64_t back, flags, root;
	uint64_t rcx, rbx, rsi, rdi;
	uint64_t copied; /* the caller's tables had entries that ours had not */
};
static_assert(sizeof(struct runtime_frame) == 64, "runtime_forward.S");

enum runtime_tables_state {
	RUNTIME_TABLES_OFF,  /* none, or they cannot be used here */
	RUNTIME_TABLES_MADE, /* not looked at from the next kernel's side */
	RUNTIME_TABLES_USED,
};

/*
 * Page tables of our own, and the machine's firmware, which can be called under them. All
 * addresses are physical; the tables lie behind the variables, in one piece with them.
 */
struct runtime_forward {
	uint32_t state; /* enum runtime_tables_state */
	uint32_t lock;	/* of frame[0]; a reset has frame[1] and waits for nobody */
	uint64_t code, data, tables;
	uint64_t window;	   /* the page table of RUNTIME_WINDOW */
	uint64_t system_table;	   /* of the machine's firmware; 0: there is none to call */
	uint64_t last_root;	   /* of the last caller's page tables */
	uint64_t at_code, at_data; /* virtual; where SetVirtualAddressMap moves code and data to */
	uint64_t tables_bytes;
	struct runtime_frame frame[2];
};
static_assert(offsetof(struct runtime_forward, system_table) == 40, "runtime_forward.S");
static_assert(offsetof(struct runtime_forward, frame) == 80, "runtime_forward.S");

struct runtime_data {
	uint64_t magic;
	/*
	 * While at_boot is not 0, service i is a jump to boot_gate[i], registers and
	 * stack as its caller left them. Firmware clears it when boot services end.
	 */
	uint64_t boot_gate[RUNTIME_N_SERVICES];
	uint32_t at_boot;
	uint32_t is_virtual; /* 0; SetVirtualAddressMap has run */
	struct runtime_forward forward;
	struct runtime_power power;
	uint64_t system_table;	/* physical; not touched after SetVirtualAddressMap */
	uint64_t runtime_table; /* physical */
	/* QueryVariableInfo's answers */
	uint64_t max_storage_bytes;
	uint64_t free_storage_bytes;
	uint64_t max_variable_bytes;
	/* ConvertPointer's map, 0 except inside SetVirtualAddressMap */
	uint64_t map;
	uint64_t map_bytes;
	uint64_t descriptor_bytes;
	uint32_t n_notify;
	uint32_t reserved;
	struct runtime_notify notify[RUNTIME_MAX_NOTIFY]; /* called in this order */
	uint64_t store_bytes;				  /* of the records that follow */
};
static_assert(offsetof(struct runtime_data, boot_gate) == 8, "runtime_entries.inc");
static_assert(offsetof(struct runtime_data, at_boot) == 120, "runtime_entries.inc");
static_assert(offsetof(struct runtime_data, forward) == 128, "runtime_forward.S");
static_assert(sizeof(struct runtime_data) % 8 == 0, "records are aligned");

/* What the image left, and what the machine's firmware has or had of the same name. */
enum runtime_variable_kind {
	RUNTIME_VARIABLE_OWN,	  /* made or changed: shown in place of the firmware's */
	RUNTIME_VARIABLE_OF_HOST, /* a copy of the firmware's, where that cannot be asked: last */
	RUNTIME_VARIABLE_DELETED, /* the firmware has it, but is not to be asked: no data */
	RUNTIME_VARIABLE_PAST,	  /* was written since, so that the firmware knows better */
};

/*
 * Behind struct runtime_data, store_bytes of these, one after another. Behind
 * each: the name, its 0 included (name_bytes), then the data (data_bytes), then
 * padding to 8. Those without EFI_VARIABLE_RUNTIME_ACCESS are not shown; names
 * and vendors are unique.
 */
struct runtime_variable {
	uint32_t n_bytes; /* of the whole record, a multiple of 8 */
	uint32_t attributes;
	struct efi_guid vendor;
	uint32_t name_bytes; /* even */
	uint32_t data_bytes;
	uint32_t kind; /* enum runtime_variable_kind */
	uint32_t reserved;
};
static_assert(sizeof(struct runtime_variable) == 40, "records are aligned");

/*
 * A variable that tells whoever runs on the next kernel which memory is in use only until that one
 * ends: of these services, and of tables that nobody reads behind the next jump. Little endian
 * words of 64 bits, start and end of each range, sorted and disjoint.
 */
#define RUNTIME_RANGES_VARIABLE "BardoRanges"
#define RUNTIME_RANGES_VENDOR                                                                      \
	EFI_GUID(0x4092ebcb, 0x23f1, 0x4adc, 0xba, 0x3c, 0x05, 0xe4, 0xe2, 0x77, 0xf6, 0x5f)
enum { RUNTIME_MAX_RANGES = 64 };

struct runtime_memory {
	uint64_t start, end;
};

/* The code as it goes into EfiRuntimeServicesCode; starts with its header, data not set. */
struct bytes runtime_blob(void);
