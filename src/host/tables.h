/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * The firmware tables that a booted image finds through configuration tables:
 * where they lie in physical memory, and copies of what lies there, so that the
 * image can follow their pointers before it owns the machine.
 */
#include "base/bytes.h"
#include "base/why.h"
#include "host/acpi_power.h"

#include <stdint.h>

struct table_copy {
	uint64_t addr; /* physical */
	uint64_t n_bytes;
	uint8_t *data;
};

/* Where SMBIOS records lie that were copied; 0 bytes: there are none. */
struct smbios_records {
	uint64_t start;
	uint32_t n_bytes;
	uint8_t major, minor; /* of the specification */
};

struct host_tables {
	uint64_t acpi20;	  /* RSDP revision >= 2, 0 when there is none */
	uint64_t acpi10;	  /* RSDP revision 0, 0 when there is none */
	uint64_t smbios3, smbios; /* entry points, 0 when there is none */
	struct smbios_records records;
	struct bytes device_tree; /* where there is no ACPI; 0 bytes when there is none */
	/* host/shown_tables.h; likewise */
	struct bytes esrt, mok_variables;
	struct bytes attributes; /* host_runtime_attributes(), if firmware is called as it lies */
	uint16_t pm_timer_port;	 /* of the copied FADT, 0 when there is none */
	struct acpi_power power; /* of the copied tables */
	struct table_copy *copy; /* sorted by address; neighbours may share a page */
	unsigned n_copies;
};

/*
 * What can be read is there, what cannot is 0: without root everything is 0 and
 * that is no error. An address may be known where nothing can be copied (lockdown
 * closes /dev/mem): then there is an address and no copy. Only lack of memory fails.
 */
must_check int host_tables_read(struct host_tables *ret_tables, struct why *why);

/* The same below root, where dev/mem is a file: physical memory from 0 on. */
must_check int host_tables_read_below(const char *root, struct host_tables *ret_tables,
				      struct why *why);

void host_tables_free(struct host_tables *tables);

/* Was an ACPI table of that signature, of four characters, copied? */
bool host_tables_have(const struct host_tables *tables, const char *signature);
