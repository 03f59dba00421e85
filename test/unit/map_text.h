/* SPDX-License-Identifier: MIT */
#pragma once
#include "host/memory_map.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* "KIND START-END " of each range; or only those of a kind, without its number. */
static inline bool map_is(const struct memory_map *map, int kind, const char *want)
{
	char text[1024] = "";
	size_t at = 0;

	for (unsigned i = 0; i < map->n && at < sizeof(text); i++) {
		const struct memory_range *r = &map->range[i];

		if (kind < 0)
			at += (size_t)snprintf(text + at, sizeof(text) - at, "%d ", r->kind);
		else if ((int)r->kind != kind)
			continue;
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%" PRIx64 "-%" PRIx64 " ",
				       r->start, r->end);
	}
	if (strcmp(text, want) != 0)
		printf("# %s\n", text);
	return strcmp(text, want) == 0;
}
