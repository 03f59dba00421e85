/* SPDX-License-Identifier: MIT */
#pragma once
/* How the ACPI tables say that this machine is reset and switched off. (ACPI 6.5, 4.8.) */
#include <stdint.h>

struct copies;

/* The address spaces of a register, as tables number them (5.2.3.2). */
enum acpi_space { ACPI_MEMORY = 0, ACPI_IO = 1, ACPI_PCI = 2 };

/* Of what is in the register, keep these bits and set those. n_bytes 0: there is nothing to do. */
struct acpi_write {
	uint64_t addr;
	uint32_t value, keep;
	uint8_t space, n_bytes;
};

struct acpi_power {
	struct acpi_write reset;
	struct acpi_write off[2]; /* one behind the other */
};

/* From copied tables: the FADT, and the package _S5 wherever it is. */
void acpi_power_find(const struct copies *c, struct acpi_power *ret_power);
