/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * RAM that the kernel's list calls RAM and that is not free all the same: nobody may be given it,
 * and nothing may be copied to it.
 */
#include "host/memory_map.h"
#include "host/tables.h"

/*
 * Take out of map's RAM the pages that firmware tables lie in (old firmware, iBFT: Linux keeps
 * them for itself, in a list that it does not show), as ACPI tables; and those in which the
 * hardware found errors, as unusable. Files of /proc below root, which is "" for the running
 * system. 0, or a negative errno and the map as it was.
 */
must_check int memory_map_keep(struct memory_map *map, const char *root,
			       const struct host_tables *tables, struct why *why);

/*
 * This machine's map less the poisoned pages, and its fingerprint: what can change while the kernel
 * runs. ret_map may be NULL.
 */
must_check int memory_map_now(struct memory_map *ret_map, uint64_t *ret_fingerprint,
			      struct why *why);
