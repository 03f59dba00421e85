/* SPDX-License-Identifier: MIT */
#pragma once
#include "host/copies.h"
#include "host/tables.h"

/*
 * Where this kind of machine keeps the roots of its tables: addresses for those of t that
 * nobody has told yet, and what only such a machine's firmware can hand on.
 * <processor>/table_roots.c
 */
void table_roots_find(const char *root, const struct phys *phys, struct host_tables *t);
