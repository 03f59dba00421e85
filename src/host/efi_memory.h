/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * What EFI left in physical memory: in RAM, which /proc/kcore shows, or in what the kernel leaves
 * to the firmware, which /dev/mem shows.
 */
#include "base/why.h"
#include "host/kcore.h"

struct efi_memory {
	struct kcore kcore;
	int dev_mem;
};

/* Of the kernel below root. When /proc/kcore is not to be had, and why, the rest is open. */
must_check int efi_memory_open(const char *root, struct efi_memory *ret_memory, struct why *why);
void efi_memory_close(struct efi_memory *memory);

/* All or nothing. */
bool efi_memory_read(const struct efi_memory *memory, uint64_t addr, void *to, size_t n_bytes);

/* The configuration tables of the system table at that address. */
struct efi_tables {
	uint64_t at, n;	   /* at: virtual if firmware was told to use virtual addresses */
	uint32_t revision; /* of the system table: 4.3.1 */
};
must_check int efi_memory_tables(const struct efi_memory *memory, uint64_t system,
				 struct efi_tables *ret_tables, struct why *why);

/* That of this GUID: 0 in *ret_table when there is none. */
must_check int efi_memory_table(const struct efi_memory *memory, const struct efi_tables *tables,
				const uint8_t guid[16], uint64_t *ret_table, struct why *why);
