// SPDX-License-Identifier: MIT
#include "host/table_roots.h"

/*
 * EFI tells, or nobody: there is no place below 1 MiB to look at, and reading what is there
 * instead, flash or nothing, may end the machine.
 */
void table_roots_find(const char *root, const struct phys *phys, struct host_tables *t)
{
}
