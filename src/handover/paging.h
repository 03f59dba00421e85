/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Page tables that map the whole address space in use to itself, as data for
 * another machine state. Pure.
 */
#include "base/util.h"

#include <stdbool.h>

/* Both roots, because only the jump shows which kind the old kernel runs with. */
struct paging_roots {
	uint64_t four_level, five_level; /* physical, page aligned */
};

/*
 * What bounds the map: lower-half addresses of 4-level paging. Beyond lies
 * nothing that this processor could reach at an address equal to its own.
 */
#define PAGING_LIMIT (UINT64_C(1) << 47)

/* Does this processor have pages of 1 GiB? Without them 4 KiB of tables map 1 GiB. */
bool paging_has_giant_pages(void);

/* Size of the tables that map [0, top), top at most PAGING_LIMIT. */
uint64_t paging_bytes(uint64_t top, bool giant_pages);

/* Fill paging_bytes() at tables, which will lie at physical address at. */
struct paging_roots paging_build(uint8_t *tables, uint64_t at, uint64_t top, bool giant_pages);
