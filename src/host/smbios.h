/* SPDX-License-Identifier: MIT */
#pragma once
/* The SMBIOS entry points, and the table they lead to. (SMBIOS 3.7, 5.2.) */
#include "host/copies.h"

struct smbios_entry {
	bool is_64; /* the one of SMBIOS 3 */
	uint8_t n_bytes, major, minor;
	uint64_t table;
	uint32_t table_bytes; /* at most */
};

/* False unless it is an entry point with a good checksum. */
bool smbios_entry_parse(struct bytes b, struct smbios_entry *ret_entry);

/* The same of what lies at addr. */
bool smbios_entry_check(const struct phys *phys, uint64_t addr, struct smbios_entry *ret_entry);

/* The records that the entry point at addr leads to, of what was copied; false when they were not.
 */
bool smbios_records_find(const struct copies *c, uint64_t addr, struct smbios_records *ret_records);

/* Copy the entry point at addr and its table, as far as they can be read; 0 or -ENOMEM. */
must_check int smbios_collect(const struct phys *phys, uint64_t addr, struct copies *c);
