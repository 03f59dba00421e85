/* SPDX-License-Identifier: MIT */
#pragma once
/* All services that a firmware has, as the order of its gates and of doc/baseline.md has them. */
#include "firmware/core/part.h"

enum { CORE_GROUPS = 8, MAX_GROUPS = CORE_GROUPS + MAX_PARTS * PART_GROUPS };

struct groups {
	const struct service_group *group[MAX_GROUPS];
	unsigned n;
};

/* Core's own, then those of the parts. */
void groups_list(const struct parts *parts, struct groups *ret_groups);
