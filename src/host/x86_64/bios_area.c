// SPDX-License-Identifier: MIT
#include "host/x86_64/bios_area.h"
#include "host/acpi.h"
#include "host/smbios.h"

enum {
	EBDA_POINTER = 0x40e, /* of the BIOS data area: its segment */
	EBDA_BYTES = 1024,
	ACPI_START = 0xe0000,
	SMBIOS_START = 0xf0000,
	END = 0x100000,
	STEP = 16, /* what addresses of both are multiples of */
};

static bool scan(const struct phys *phys, uint64_t start, uint64_t end, uint64_t *ret_addr)
{
	uint8_t revision;

	for (uint64_t addr = start; addr < end; addr += STEP)
		if (acpi_rsdp_check(phys, addr, &revision)) {
			*ret_addr = addr;
			return true;
		}
	return false;
}

bool acpi_rsdp_find(const struct phys *phys, uint64_t *ret_addr)
{
	uint8_t segment[2];
	uint64_t ebda;

	if (phys->read(phys->context, EBDA_POINTER, segment, sizeof(segment))) {
		ebda = (uint64_t)(segment[0] | segment[1] << 8) << 4;
		if (ebda && scan(phys, ebda, ebda + EBDA_BYTES, ret_addr))
			return true;
	}
	return scan(phys, ACPI_START, END, ret_addr);
}

void smbios_find(const struct phys *phys, uint64_t *ret_smbios3, uint64_t *ret_smbios)
{
	struct smbios_entry e;
	uint64_t *ret;

	*ret_smbios3 = 0;
	*ret_smbios = 0;
	for (uint64_t addr = SMBIOS_START; addr < END; addr += STEP) {
		if (!smbios_entry_check(phys, addr, &e))
			continue;
		ret = e.is_64 ? ret_smbios3 : ret_smbios;
		if (*ret == 0)
			*ret = addr;
	}
}
