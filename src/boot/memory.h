/* SPDX-License-Identifier: MIT */
#pragma once
/* The host's memory as an image is told of it. */
#include "firmware/firmware.h"
#include "host/memory_map.h"
#include "host/tables.h"

/*
 * An ordinary process may not map addresses below this (vm.mmap_min_addr), so the image cannot have
 * them; the next kernel gets them as memory in use. As files below root tell.
 */
uint64_t memory_lowest(const char *root);

struct memory_description {
	uint64_t lowest;
	struct firmware_memory *memory;
	unsigned n;
	uint8_t **page; /* what the copies point to */
	unsigned n_pages;
	struct ram_range *reliable; /* EFI_MEMORY_MORE_RELIABLE */
	unsigned n_reliable;
};

/* The ranges of map with copies of what tables lie there, into to; to be freed in any case. */
must_check int memory_describe(const struct memory_map *map, const struct host_tables *tables,
			       uint64_t lowest, struct memory_description *to, struct why *why);
/* What of memory is more reliable, as EFI's map below root has it. */
must_check int memory_describe_reliable(const char *root, struct memory_description *to,
					struct why *why);
void memory_description_free(struct memory_description *description);
