/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * UEFI 2.10 base types and tables, layouts only. Pointers that the guest
 * follows are plain addresses here (efi_addr_t): this side never follows them
 * without asking firmware/core/memory.h for the bytes.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "UEFI is little endian");

typedef uint64_t efi_status_t;
typedef uint64_t efi_addr_t;   /* an address in the guest, physical = virtual */
typedef uint64_t efi_handle_t; /* opaque to the guest; 0 is no handle */
typedef uint16_t efi_char16_t;

/* Appendix D: status codes */
#define EFI_ERROR(n) (UINT64_C(1) << 63 | (n))
#define EFI_WARNING(n) ((efi_status_t)(n))
#define EFI_SUCCESS 0
#define EFI_WARN_UNKNOWN_GLYPH EFI_WARNING(1)
#define EFI_LOAD_ERROR EFI_ERROR(1)
#define EFI_INVALID_PARAMETER EFI_ERROR(2)
#define EFI_UNSUPPORTED EFI_ERROR(3)
#define EFI_BAD_BUFFER_SIZE EFI_ERROR(4)
#define EFI_BUFFER_TOO_SMALL EFI_ERROR(5)
#define EFI_NOT_READY EFI_ERROR(6)
#define EFI_DEVICE_ERROR EFI_ERROR(7)
#define EFI_WRITE_PROTECTED EFI_ERROR(8)
#define EFI_OUT_OF_RESOURCES EFI_ERROR(9)
#define EFI_VOLUME_CORRUPTED EFI_ERROR(10)
#define EFI_VOLUME_FULL EFI_ERROR(11)
#define EFI_NO_MEDIA EFI_ERROR(12)
#define EFI_MEDIA_CHANGED EFI_ERROR(13)
#define EFI_NOT_FOUND EFI_ERROR(14)
#define EFI_ACCESS_DENIED EFI_ERROR(15)
#define EFI_NO_RESPONSE EFI_ERROR(16)
#define EFI_NO_MAPPING EFI_ERROR(17)
#define EFI_TIMEOUT EFI_ERROR(18)
#define EFI_NOT_STARTED EFI_ERROR(19)
#define EFI_ALREADY_STARTED EFI_ERROR(20)
#define EFI_ABORTED EFI_ERROR(21)
#define EFI_PROTOCOL_ERROR EFI_ERROR(24)
#define EFI_INCOMPATIBLE_VERSION EFI_ERROR(25)
#define EFI_SECURITY_VIOLATION EFI_ERROR(26)
#define EFI_CRC_ERROR EFI_ERROR(27)
#define EFI_END_OF_MEDIA EFI_ERROR(28)
#define EFI_END_OF_FILE EFI_ERROR(31)
#define EFI_INVALID_LANGUAGE EFI_ERROR(32)

struct efi_guid {
	uint32_t a;
	uint16_t b, c;
	uint8_t d[8];
};
static_assert(sizeof(struct efi_guid) == 16, "EFI_GUID");

#define EFI_GUID(a, b, c, d0, d1, d2, d3, d4, d5, d6, d7)                                          \
	((struct efi_guid){ (a), (b), (c), { (d0), (d1), (d2), (d3), (d4), (d5), (d6), (d7) } })

/* 4.2 EFI Table Header */
struct efi_table_header {
	uint64_t signature;
	uint32_t revision;
	uint32_t header_bytes;
	uint32_t crc32; /* over header_bytes, with this field 0 */
	uint32_t reserved;
};
static_assert(sizeof(struct efi_table_header) == 24, "EFI_TABLE_HEADER");

#define EFI_SYSTEM_TABLE_SIGNATURE UINT64_C(0x5453595320494249)
#define EFI_BOOT_SERVICES_SIGNATURE UINT64_C(0x56524553544f4f42)
#define EFI_RUNTIME_SERVICES_SIGNATURE UINT64_C(0x56524553544e5552)

enum {
	EFI_REVISION = 2 << 16 | 70, /* what every table header says: UEFI 2.7 */
	EFI_N_BOOT_SERVICES = 44,    /* function pointers behind the header */
	EFI_N_RUNTIME_SERVICES = 14,
};

/* 4.3 EFI System Table */
struct efi_system_table {
	struct efi_table_header header;
	efi_addr_t firmware_vendor; /* UTF-16 */
	uint32_t firmware_revision;
	uint32_t padding;
	efi_handle_t con_in_handle;
	efi_addr_t con_in;
	efi_handle_t con_out_handle;
	efi_addr_t con_out;
	efi_handle_t std_err_handle;
	efi_addr_t std_err;
	efi_addr_t runtime_services;
	efi_addr_t boot_services;
	uint64_t n_tables;
	efi_addr_t tables; /* struct efi_configuration_table[n_tables] */
};
static_assert(sizeof(struct efi_system_table) == 120, "EFI_SYSTEM_TABLE");

/* 4.6 EFI Configuration Table */
struct efi_configuration_table {
	struct efi_guid guid;
	efi_addr_t table;
};
static_assert(sizeof(struct efi_configuration_table) == 24, "EFI_CONFIGURATION_TABLE");

/* 4.6.4 EFI_RT_PROPERTIES_TABLE */
struct efi_rt_properties_table {
	uint16_t version;
	uint16_t n_bytes;
	uint32_t supported;
};

enum {
	EFI_RT_SUPPORTED_GET_TIME = 0x0001,
	EFI_RT_SUPPORTED_SET_TIME = 0x0002,
	EFI_RT_SUPPORTED_GET_WAKEUP_TIME = 0x0004,
	EFI_RT_SUPPORTED_SET_WAKEUP_TIME = 0x0008,
	EFI_RT_SUPPORTED_GET_VARIABLE = 0x0010,
	EFI_RT_SUPPORTED_GET_NEXT_VARIABLE_NAME = 0x0020,
	EFI_RT_SUPPORTED_SET_VARIABLE = 0x0040,
	EFI_RT_SUPPORTED_SET_VIRTUAL_ADDRESS_MAP = 0x0080,
	EFI_RT_SUPPORTED_CONVERT_POINTER = 0x0100,
	EFI_RT_SUPPORTED_GET_NEXT_HIGH_MONOTONIC_COUNT = 0x0200,
	EFI_RT_SUPPORTED_RESET_SYSTEM = 0x0400,
	EFI_RT_SUPPORTED_UPDATE_CAPSULE = 0x0800,
	EFI_RT_SUPPORTED_QUERY_CAPSULE_CAPABILITIES = 0x1000,
	EFI_RT_SUPPORTED_QUERY_VARIABLE_INFO = 0x2000,
	EFI_RT_SUPPORTED_ALL = 0x3fff,
};

/* 7.2 Memory allocation services */
enum efi_allocate_type {
	EFI_ALLOCATE_ANY_PAGES,
	EFI_ALLOCATE_MAX_ADDRESS,
	EFI_ALLOCATE_ADDRESS,
	EFI_MAX_ALLOCATE_TYPE,
};

enum efi_memory_type {
	EFI_RESERVED_MEMORY,
	EFI_LOADER_CODE,
	EFI_LOADER_DATA,
	EFI_BOOT_SERVICES_CODE,
	EFI_BOOT_SERVICES_DATA,
	EFI_RUNTIME_SERVICES_CODE,
	EFI_RUNTIME_SERVICES_DATA,
	EFI_CONVENTIONAL_MEMORY,
	EFI_UNUSABLE_MEMORY,
	EFI_ACPI_RECLAIM_MEMORY,
	EFI_ACPI_MEMORY_NVS,
	EFI_MEMORY_MAPPED_IO,
	EFI_MEMORY_MAPPED_IO_PORT_SPACE,
	EFI_PAL_CODE,
	EFI_PERSISTENT_MEMORY,
	EFI_UNACCEPTED_MEMORY,
	EFI_MAX_MEMORY_TYPE,
};

#define EFI_MEMORY_UC UINT64_C(0x1)
#define EFI_MEMORY_WC UINT64_C(0x2)
#define EFI_MEMORY_WT UINT64_C(0x4)
#define EFI_MEMORY_WB UINT64_C(0x8)
#define EFI_MEMORY_RP UINT64_C(0x2000)
#define EFI_MEMORY_XP UINT64_C(0x4000)
#define EFI_MEMORY_RO UINT64_C(0x20000)
#define EFI_MEMORY_MORE_RELIABLE UINT64_C(0x10000)
#define EFI_MEMORY_SP UINT64_C(0x40000) /* specific purpose: not for everybody */
#define EFI_MEMORY_RUNTIME UINT64_C(0x8000000000000000)

struct efi_memory_descriptor {
	uint32_t type;
	uint32_t padding;
	uint64_t physical_start;
	uint64_t virtual_start;
	uint64_t n_pages;
	uint64_t attribute;
};
static_assert(sizeof(struct efi_memory_descriptor) == 40, "EFI_MEMORY_DESCRIPTOR");
static_assert(offsetof(struct efi_memory_descriptor, n_pages) == 24, "EFI_MEMORY_DESCRIPTOR");

enum { EFI_MEMORY_DESCRIPTOR_VERSION = 1 };

/* 4.6 EFI_MEMORY_ATTRIBUTES_TABLE: descriptors follow, one each descriptor_bytes. */
struct efi_memory_attributes_table {
	uint32_t version;
	uint32_t n;
	uint32_t descriptor_bytes;
	uint32_t flags; /* of version 2 */
};
static_assert(sizeof(struct efi_memory_attributes_table) == 16, "EFI_MEMORY_ATTRIBUTES_TABLE");

/* All code begins each function with an instruction that says so (BTI, ENDBR). */
enum { EFI_MEMORY_ATTRIBUTES_FORWARD_CONTROL_FLOW_GUARD = 1 };

/* 8.2 Variable attributes */
enum {
	EFI_VARIABLE_NON_VOLATILE = 0x01,
	EFI_VARIABLE_BOOTSERVICE_ACCESS = 0x02,
	EFI_VARIABLE_RUNTIME_ACCESS = 0x04,
	EFI_VARIABLE_HARDWARE_ERROR_RECORD = 0x08,
	EFI_VARIABLE_AUTHENTICATED_WRITE_ACCESS = 0x10,
	EFI_VARIABLE_TIME_BASED_AUTHENTICATED_WRITE_ACCESS = 0x20,
	EFI_VARIABLE_APPEND_WRITE = 0x40,
};

/* 8.3 EFI_TIME */
struct efi_time {
	uint16_t year;
	uint8_t month, day, hour, minute, second, pad1;
	uint32_t nanosecond;
	int16_t time_zone;
	uint8_t daylight, pad2;
};
static_assert(sizeof(struct efi_time) == 16, "EFI_TIME");
