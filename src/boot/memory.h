/* SPDX-License-Identifier: MIT */
#pragma once
/* The host's memory as an image is told of it. */
#include "firmware/firmware.h"
#include "host/memory_map.h"
#include "host/tables.h"

struct memory_description {
	struct firmware_memory *memory;
	unsigned n;
	uint8_t **page; /* what the copies point to */
	unsigned n_pages;
};

/* The ranges of map with copies of what tables lie there, into to; to be freed in any case. */
must_check int memory_describe(const struct memory_map *map, const struct host_tables *tables,
			       struct memory_description *to, struct why *why);
void memory_description_free(struct memory_description *description);
