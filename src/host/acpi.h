/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * ACPI tables, as far as one points to the next. Nothing here believes a length:
 * tables are what some firmware left in memory. (ACPI 6.5, 5.2.)
 */
#include "host/copies.h"

/* A root pointer with a good checksum at addr? Its revision, 0 or at least 2. */
bool acpi_rsdp_check(const struct phys *phys, uint64_t addr, uint8_t *ret_revision);

/* The I/O port of the power management timer, if one of the copied tables is a FADT with one. */
uint16_t acpi_pm_timer_port(const struct copies *c);

/*
 * Copy the root pointer at addr and all it leads to: RSDT, XSDT, their tables,
 * the FADT's DSDT and FACS. What cannot be read is left out; -ENOMEM is the only error.
 */
must_check int acpi_collect(const struct phys *phys, uint64_t addr, struct copies *c);
