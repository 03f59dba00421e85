// SPDX-License-Identifier: MIT
#include "boot/host.h"
#include "handover/left_behind.h"
#include "host/memory_kept.h"

/* What is RAM by its name and cannot be had, and what can though its name is another. */
static int correct(struct host_view *view, const struct host_variables *variables, struct why *why)
{
	int r = memory_map_keep(&view->map, "", &view->tables, why);

	if (r < 0)
		return r;
	r = memory_map_reclaim(&view->map, variables);
	return r < 0 ? why_errno(why, r, "memory map") : 0;
}

/* Without the right to see it, a machine is made up: good enough to run programs on. */
int host_view_read(uint64_t made_up, const struct host_variables *variables, struct host_view *view,
		   struct why *why)
{
	int r = memory_map_now(&view->map, &view->fingerprint, why);

	if (r == 0) {
		r = host_tables_read(&view->tables, why);
		if (r == 0)
			r = correct(view, variables, why);
		view->variables = host_kernel_data("");
	} else if (made_up) {
		r = memory_map_synthetic(made_up, &view->map, why);
	}
	if (r == 0)
		r = memory_describe(&view->map, &view->tables, memory_lowest(""), &view->memory,
				    why);
	return r == 0 && view->fingerprint ? memory_describe_reliable("", &view->memory, why) : r;
}

void host_view_free(struct host_view *view)
{
	memory_description_free(&view->memory);
	host_tables_free(&view->tables);
	memory_map_free(&view->map);
}
