/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Page tables that map memory to itself and nothing else, as data for another machine
 * state. What is not memory is left out: a processor may read ahead in whatever is
 * mapped, and there are addresses at which a machine does not survive that. Pure.
 */
#include "base/util.h"
#include "handover_paging.h"

#include <stdbool.h>

/* [start, end), whole pages. */
struct paging_range {
	uint64_t start, end;
	bool device; /* registers, to be reached as such */
};

/* Does this processor have pages of 1 GiB? */
bool paging_has_giant_pages(void);

/* Size of the tables that map these ranges, which are sorted, disjoint and below PAGING_LIMIT. */
uint64_t paging_bytes(const struct paging_range *range, unsigned n, bool giant_pages);

/*
 * More than one page anywhere can add to that: a table of each level below the root. Some
 * pages are known only after the room for the tables had to be kept.
 */
enum { PAGING_BYTES_OF_ONE_MORE = 3 * PAGE_BYTES };

/* Fill paging_bytes() at tables, which will lie at physical address at. */
struct paging_roots paging_build(uint8_t *tables, uint64_t at, const struct paging_range *range,
				 unsigned n, bool giant_pages);
