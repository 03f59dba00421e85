// SPDX-License-Identifier: MIT
/*
 * An EFI program for arm64 that leaves boot services and then executes what is no instruction:
 * behind the jump the purgatory's vectors are still there to say so.
 */
#include <stdint.h>

typedef uint64_t service(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e);

/* In the table of boot services, UEFI 2.10, 4.4. */
enum { BOOT_SERVICES = 96, GET_MEMORY_MAP = 56, EXIT_BOOT_SERVICES = 232 };

static uint8_t map[65536];

static service *get(uint64_t table, unsigned offset)
{
	return *(service **)(table + offset);
}

uint64_t efi_main(uint64_t image, uint64_t system_table)
{
	const uint64_t boot = *(uint64_t *)(system_table + BOOT_SERVICES);
	uint64_t n = sizeof(map), key = 0, size = 0;
	uint32_t version = 0;

	if (get(boot, GET_MEMORY_MAP)((uint64_t)&n, (uint64_t)map, (uint64_t)&key, (uint64_t)&size,
				      (uint64_t)&version) ||
	    get(boot, EXIT_BOOT_SERVICES)(image, key, 0, 0, 0))
		return 1;
	__asm__ volatile("udf #0");
	return 0;
}
