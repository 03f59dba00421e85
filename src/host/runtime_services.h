/* SPDX-License-Identifier: MIT */
#pragma once
/* The firmware that the running kernel calls, as that kernel tells of it. */
#include "base/bytes.h"
#include "base/why.h"
#include "host/memory_map.h"

enum { HOST_RUNTIME_REGIONS = 256 };

struct host_runtime_region {
	uint64_t physical, virtual, n_pages, attribute;
	uint32_t type;
};

struct host_runtime {
	uint64_t system_table; /* physical */
	unsigned n;
	struct host_runtime_region region[HOST_RUNTIME_REGIONS];
};

/*
 * From files below root, "" for the running system. -ENOENT and why when this kernel has none that
 * could be handed on: no UEFI, none of 64 bits, or a kernel that does not call it or does not tell.
 */
must_check int host_runtime_read(const char *root, struct host_runtime *ret_runtime,
				 struct why *why);

/*
 * Which runtime services the running kernel's firmware says that it has: UEFI 2.10, 4.6.4, the
 * bits of EFI_RT_PROPERTIES_TABLE. All of them when it says nothing, or nobody can read it.
 */
uint32_t host_runtime_supported(const char *root);

/*
 * Its EFI_MEMORY_ATTRIBUTES_TABLE (UEFI 2.10, 4.6): which of its memory nobody writes, and which
 * nobody executes. As it lies there: its head counts no more descriptors than there are bytes, all
 * else is as the firmware has it. No bytes when there is none, or nobody can read it. To be freed
 * by the caller. -ENOMEM, or 0.
 */
must_check int host_runtime_attributes(const char *root, struct bytes *ret_table);

/* Is some of it memory that the map gives away? Then it cannot be what it says it is. */
bool host_runtime_in_ram(const struct host_runtime *runtime, const struct memory_map *map,
			 uint64_t *ret_addr);
