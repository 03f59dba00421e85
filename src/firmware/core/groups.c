// SPDX-License-Identifier: MIT
#include "firmware/core/groups.h"
#include "base/util.h"
#include "firmware/core/part.h"
#include "firmware/core/services.h"

static const struct service_group *const of_core[] = {
	&group_events,	&group_memory, &group_protocols,     &group_locating,
	&group_opening, &group_images, &group_miscellaneous, &group_runtime,
};
static_assert(ARRAY_SIZE(of_core) == CORE_GROUPS, "core's groups");

void groups_list(const struct parts *parts, struct groups *ret_groups)
{
	struct groups all = { 0 };

	for (unsigned i = 0; i < CORE_GROUPS; i++)
		all.group[all.n++] = of_core[i];
	for (unsigned i = 0; i < MAX_PARTS && parts->part[i]; i++)
		for (unsigned k = 0; k < PART_GROUPS && parts->part[i]->groups[k]; k++)
			all.group[all.n++] = parts->part[i]->groups[k];
	*ret_groups = all;
}
