// SPDX-License-Identifier: MIT
/* Names of numbers. */
#include "firmware/core/status.h"
#include "base/util.h"

static const struct {
	efi_status_t status;
	const char *name;
} names[] = {
	{ EFI_SUCCESS, "EFI_SUCCESS" },
	{ EFI_WARNING(1), "EFI_WARN_UNKNOWN_GLYPH" },
	{ EFI_WARNING(2), "EFI_WARN_DELETE_FAILURE" },
	{ EFI_WARNING(3), "EFI_WARN_WRITE_FAILURE" },
	{ EFI_WARNING(4), "EFI_WARN_BUFFER_TOO_SMALL" },
	{ EFI_WARNING(5), "EFI_WARN_STALE_DATA" },
	{ EFI_WARNING(6), "EFI_WARN_FILE_SYSTEM" },
	{ EFI_WARNING(7), "EFI_WARN_RESET_REQUIRED" },
	{ EFI_LOAD_ERROR, "EFI_LOAD_ERROR" },
	{ EFI_INVALID_PARAMETER, "EFI_INVALID_PARAMETER" },
	{ EFI_UNSUPPORTED, "EFI_UNSUPPORTED" },
	{ EFI_BAD_BUFFER_SIZE, "EFI_BAD_BUFFER_SIZE" },
	{ EFI_BUFFER_TOO_SMALL, "EFI_BUFFER_TOO_SMALL" },
	{ EFI_NOT_READY, "EFI_NOT_READY" },
	{ EFI_DEVICE_ERROR, "EFI_DEVICE_ERROR" },
	{ EFI_WRITE_PROTECTED, "EFI_WRITE_PROTECTED" },
	{ EFI_OUT_OF_RESOURCES, "EFI_OUT_OF_RESOURCES" },
	{ EFI_VOLUME_CORRUPTED, "EFI_VOLUME_CORRUPTED" },
	{ EFI_VOLUME_FULL, "EFI_VOLUME_FULL" },
	{ EFI_NO_MEDIA, "EFI_NO_MEDIA" },
	{ EFI_MEDIA_CHANGED, "EFI_MEDIA_CHANGED" },
	{ EFI_NOT_FOUND, "EFI_NOT_FOUND" },
	{ EFI_ACCESS_DENIED, "EFI_ACCESS_DENIED" },
	{ EFI_NO_RESPONSE, "EFI_NO_RESPONSE" },
	{ EFI_NO_MAPPING, "EFI_NO_MAPPING" },
	{ EFI_TIMEOUT, "EFI_TIMEOUT" },
	{ EFI_NOT_STARTED, "EFI_NOT_STARTED" },
	{ EFI_ALREADY_STARTED, "EFI_ALREADY_STARTED" },
	{ EFI_ABORTED, "EFI_ABORTED" },
	{ EFI_ERROR(22), "EFI_ICMP_ERROR" },
	{ EFI_ERROR(23), "EFI_TFTP_ERROR" },
	{ EFI_PROTOCOL_ERROR, "EFI_PROTOCOL_ERROR" },
	{ EFI_INCOMPATIBLE_VERSION, "EFI_INCOMPATIBLE_VERSION" },
	{ EFI_SECURITY_VIOLATION, "EFI_SECURITY_VIOLATION" },
	{ EFI_CRC_ERROR, "EFI_CRC_ERROR" },
	{ EFI_END_OF_MEDIA, "EFI_END_OF_MEDIA" },
	{ EFI_END_OF_FILE, "EFI_END_OF_FILE" },
	{ EFI_INVALID_LANGUAGE, "EFI_INVALID_LANGUAGE" },
	{ EFI_ERROR(33), "EFI_COMPROMISED_DATA" },
	{ EFI_ERROR(34), "EFI_IP_ADDRESS_CONFLICT" },
	{ EFI_ERROR(35), "EFI_HTTP_ERROR" },
};

const char *firmware_status_name(efi_status_t status)
{
	for (unsigned i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].status == status)
			return names[i].name;
	return status >> 63 ? "an EFI error without a name" : "an EFI warning without a name";
}

const char *firmware_memory_type_name(uint32_t type)
{
	static const char *const name[] = {
		[EFI_RESERVED_MEMORY] = "Reserved",
		[EFI_LOADER_CODE] = "LoaderCode",
		[EFI_LOADER_DATA] = "LoaderData",
		[EFI_BOOT_SERVICES_CODE] = "BootServicesCode",
		[EFI_BOOT_SERVICES_DATA] = "BootServicesData",
		[EFI_RUNTIME_SERVICES_CODE] = "RuntimeServicesCode",
		[EFI_RUNTIME_SERVICES_DATA] = "RuntimeServicesData",
		[EFI_CONVENTIONAL_MEMORY] = "Conventional",
		[EFI_UNUSABLE_MEMORY] = "Unusable",
		[EFI_ACPI_RECLAIM_MEMORY] = "ACPIReclaim",
		[EFI_ACPI_MEMORY_NVS] = "ACPIMemoryNVS",
		[EFI_MEMORY_MAPPED_IO] = "MemoryMappedIO",
		[EFI_MEMORY_MAPPED_IO_PORT_SPACE] = "MemoryMappedIOPortSpace",
		[EFI_PAL_CODE] = "PalCode",
		[EFI_PERSISTENT_MEMORY] = "Persistent",
		[EFI_UNACCEPTED_MEMORY] = "Unaccepted",
	};

	return type < ARRAY_SIZE(name) ? name[type] : "of the image's own";
}
