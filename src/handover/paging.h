/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Page tables that map the whole address space in use to itself, as data for
 * another machine state. Pure.
 */
#include "base/util.h"
#include "handover_paging.h"

#include <stdbool.h>

/* Does this processor have pages of 1 GiB? Without them 4 KiB of tables map 1 GiB. */
bool paging_has_giant_pages(void);

/* Size of the tables that map [0, top), top at most PAGING_LIMIT. */
uint64_t paging_bytes(uint64_t top, bool giant_pages);

/* Fill paging_bytes() at tables, which will lie at physical address at. */
struct paging_roots paging_build(uint8_t *tables, uint64_t at, uint64_t top, bool giant_pages);
