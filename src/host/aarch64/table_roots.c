// SPDX-License-Identifier: MIT
#include "host/runtime_services.h"
#include "host/table_roots.h"

/*
 * EFI tells of roots, or nobody: there is no place below 1 MiB to look at, and reading what is
 * there instead, flash or nothing, may end the machine. And firmware lies where it always did, so
 * what it says of its memory holds for the next kernel too; without that there are wider rights.
 */
void table_roots_find(const char *root, const struct phys *phys, struct host_tables *t)
{
	(void)!host_runtime_attributes(root, &t->attributes);
}
