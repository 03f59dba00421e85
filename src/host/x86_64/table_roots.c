// SPDX-License-Identifier: MIT
#include "host/table_roots.h"
#include "host/acpi.h"
#include "host/boot_params.h"
#include "host/file.h"
#include "host/x86_64/bios_area.h"

enum { BOOT_PARAMS_RSDP = 0x70 };

/* What a boot loader or kexec told this kernel, since there was no EFI to ask. */
static uint64_t boot_params_rsdp(const char *root)
{
	scoped_host_file params = { NULL, 0 };
	uint64_t addr = 0;

	if (host_file_read(root, BOOT_PARAMS, &params) == 0)
		(void)bytes_le64((struct bytes){ (uint8_t *)params.text, params.n_bytes },
				 BOOT_PARAMS_RSDP, &addr);
	return addr;
}

static void find_acpi(const char *root, const struct phys *phys, struct host_tables *t)
{
	uint64_t addr = boot_params_rsdp(root);
	uint8_t revision;

	if (t->acpi20 || t->acpi10)
		return;
	if (addr == 0 && !acpi_rsdp_find(phys, &addr))
		return;
	/* Unreadable, it is taken for a new one: revision 0 went out with 32-bit firmware. */
	if (acpi_rsdp_check(phys, addr, &revision) && revision == 0)
		t->acpi10 = addr;
	else
		t->acpi20 = addr;
}

void table_roots_find(const char *root, const struct phys *phys, struct host_tables *t)
{
	find_acpi(root, phys, t);
	if (t->smbios3 == 0 && t->smbios == 0)
		smbios_find(phys, &t->smbios3, &t->smbios);
}
