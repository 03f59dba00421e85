// SPDX-License-Identifier: MIT
#include "handover/left_behind.h"
#include "guest/runtime_abi.h"

#include <errno.h>
#include <string.h>

bool is_left_behind_variable(const struct host_variable *v)
{
	static const struct efi_guid vendor = RUNTIME_RANGES_VENDOR;

	return !memcmp(v->vendor, &vendor, sizeof(vendor)) &&
	       !strcmp(v->name, RUNTIME_RANGES_VARIABLE);
}

/* All of it known, and none of it RAM already or a device: nobody else's memory changes hands. */
static bool could_be(const struct memory_map *map, const struct runtime_memory *r)
{
	uint64_t at = r->start;

	for (unsigned i = 0; i < map->n && at < r->end; i++) {
		const struct memory_range *m = &map->range[i];

		if (m->end <= at)
			continue;
		if (m->start > at || (m->kind != MEMORY_RESERVED && m->kind != MEMORY_ACPI_RECLAIM))
			return false;
		at = m->end;
	}
	return at >= r->end;
}

static bool read_ranges(const struct memory_map *map, struct bytes data,
			struct memory_range ret_range[static RUNTIME_MAX_RANGES], unsigned *ret_n)
{
	struct runtime_memory r;
	unsigned n = 0;

	if (data.n % sizeof(r) || data.n > RUNTIME_MAX_RANGES * sizeof(r))
		return false;
	for (; n < data.n / sizeof(r); n++) {
		memcpy(&r, data.p + n * sizeof(r), sizeof(r));
		if (r.start % PAGE_BYTES || r.end % PAGE_BYTES || r.start >= r.end ||
		    (n && r.start < ret_range[n - 1].end) || !could_be(map, &r))
			return false;
		ret_range[n] = (struct memory_range){ r.start, r.end, MEMORY_LEFT_BEHIND };
	}
	*ret_n = n;
	return true;
}

int memory_map_reclaim(struct memory_map *map, const struct host_variables *variables)
{
	struct memory_range range[RUNTIME_MAX_RANGES];
	unsigned n;
	int r;

	for (unsigned i = 0; i < variables->n; i++) {
		if (!is_left_behind_variable(&variables->variable[i]))
			continue;
		if (!read_ranges(map, variables->variable[i].data, range, &n))
			return 0;
		r = memory_map_lay_over(map, range, n);
		return r < 0 ? r : 1;
	}
	return 0;
}
