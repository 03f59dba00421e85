/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * A frozen machine made by hand, for kernels that have no EFI stub: a bzImage at the
 * 64-bit entry of the x86 boot protocol, with boot parameters, a memory map, and a
 * random seed for the purgatory to finish.
 */
#include "base/bytes.h"
#include "host/memory_map.h"
#include "machine/frozen.h"

enum { DIRECT_PAGES = 3 };

struct direct_config {
	struct bytes kernel;
	const char *cmdline; /* NULL: none */
	uint64_t initrd_bytes;
	uint64_t resume_bytes; /* handover_resume_bytes() */
	uint64_t acpi_rsdp;    /* 0: the kernel looks for it */
	struct bytes screen;   /* struct screen_info; empty: none */
	uint8_t seed[32];
	const struct memory_map *map;
};

struct direct {
	struct ram ram;
	struct ram_range *ram_range;
	struct ram_range page[DIRECT_PAGES];
	struct frozen frozen;
	uint8_t *initrd; /* initrd_bytes for the caller to fill */
};

/*
 * Returns 0; -ENOEXEC when this is no kernel that can be entered so, -ENOSPC when memory
 * has no room for it.
 */
must_check int direct_build(const struct direct_config *config, struct direct *ret_direct,
			    struct why *why);
/* Erases what it frees. */
void direct_free(struct direct *direct);
