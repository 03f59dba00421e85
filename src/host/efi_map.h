/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * The firmware's memory map where the kernel does not show it: on arm64 the device tree says where
 * EFI's lies. With it goes what the kernel reserved for all kernels to come (LINUX_EFI_MEMRESERVE):
 * interrupt controllers write to that, whoever runs.
 */
#include "host/memory_layers.h"
#include "host/memory_map.h"

/*
 * Add what of it no kernel may use to layers. The kernel below root; where it has a device tree and
 * no EFI, what that tree reserves, and what host/interrupt_tables.h knows. -EBADMSG when what is
 * there makes no sense.
 */
must_check int efi_map_add(const char *root, struct memory_layers *layers, struct why *why);

/* Where EFI's system table lies. -ENOENT where no device tree says so. */
must_check int efi_map_system_table(const char *root, uint64_t *ret_table, struct why *why);

/*
 * The system table and the memory that runtime services need, as that map has them and the first
 * kernel has placed them. -ENOENT where no device tree says where EFI's map lies.
 */
struct host_runtime;
must_check int efi_map_runtime(const char *root, struct host_runtime *ret_runtime, struct why *why);

/*
 * Which memory EFI's map calls more reliable than other memory (mirrored), so that a kernel can put
 * what it needs most there: sorted, disjoint, of kind MEMORY_RAM. The kernel shows it nowhere, but
 * keeps the map that it was booted with. None is known where that cannot be read, or makes no
 * sense. 0 or -ENOMEM; ret_map is to be freed.
 */
must_check int efi_map_reliable(const char *root, struct memory_map *ret_map);
