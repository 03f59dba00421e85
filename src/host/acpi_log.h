/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * ACPI tables without /dev/mem, which Debian's kernels close for the memory that
 * EFI firmware keeps them in (CONFIG_IO_STRICT_DEVMEM): the kernel gives away
 * their contents in /sys/firmware/acpi/tables, and their addresses in its log.
 * What it gives away nowhere, the RSDP and the XSDT, is put together from both.
 */
#include "host/copies.h"

/* A line of the log: "ACPI: APIC 0x000000007F777000 000078 (v01 BOCHS  BXPC ...)". */
struct acpi_line {
	char signature[4];
	uint64_t addr;
	uint32_t n_bytes;
	uint8_t revision;
	char oem_id[6], oem_table_id[8], creator_id[4];
	uint32_t oem_revision, creator_revision;
};

/* False when the line, which may end in '\n' or in NUL, is none of those. */
bool acpi_line_parse(const char *line, struct acpi_line *ret_line);

/*
 * Collect what the log below root tells of, if it is about the root pointer at
 * rsdp and there is an XSDT. Without a log there is nothing: that is no error, -ENOMEM is.
 */
must_check int acpi_log_collect(const char *root, uint64_t rsdp, struct copies *c);
