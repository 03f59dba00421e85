/* SPDX-License-Identifier: MIT */
#pragma once
/* The memory below 1 MiB in which a PC's firmware leaves what nobody else tells of. */
#include "host/copies.h"

/* ACPI's root pointer: the first KiB of the EBDA, then 0xe0000-0xfffff. (ACPI 6.5, 5.2.5.1) */
bool acpi_rsdp_find(const struct phys *phys, uint64_t *ret_addr);

/* SMBIOS' entry points, 0xf0000-0xfffff; 0 for the one that is not there. (SMBIOS 3.7, 5.2) */
void smbios_find(const struct phys *phys, uint64_t *ret_smbios3, uint64_t *ret_smbios);
