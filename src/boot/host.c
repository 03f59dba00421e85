// SPDX-License-Identifier: MIT
#include "boot/host.h"

/* Without the right to see it, a machine is made up: good enough to run programs on. */
int host_view_read(uint64_t made_up, struct host_view *view, struct why *why)
{
	int r = memory_map_read(&view->map, why);

	if (r == 0)
		r = host_tables_read(&view->tables, why);
	else if (r < 0 && made_up)
		r = memory_map_synthetic(made_up, &view->map, why);
	return r < 0 ? r : memory_describe(&view->map, &view->tables, &view->memory, why);
}

void host_view_free(struct host_view *view)
{
	memory_description_free(&view->memory);
	host_tables_free(&view->tables);
	memory_map_free(&view->map);
}
