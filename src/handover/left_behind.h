/* SPDX-License-Identifier: MIT */
#pragma once
/* Memory that the last boot by bardo had to take from the kernel that runs now. */
#include "host/efivars.h"
#include "host/memory_map.h"

/*
 * What this kernel calls reserved or ACPI tables and is only in use until it ends (RuntimeServices
 * that bardo made, its seed, tables of its stub), by the variable that says so, is RAM of the
 * next one: MEMORY_LEFT_BEHIND in map. Returns 1 when there is such a variable, 0 where there is
 * none or it names what nobody could have left behind, or -ENOMEM; the map is as it was unless it
 * is 1.
 */
must_check int memory_map_reclaim(struct memory_map *map, const struct host_variables *variables);

/* Is it that variable? It is of one boot, and not to be handed on. */
bool is_left_behind_variable(const struct host_variable *v);
