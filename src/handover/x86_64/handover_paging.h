/* SPDX-License-Identifier: MIT */
#pragma once
#include <stdint.h>

/* Both roots, because only the jump shows which kind the old kernel runs with. */
struct paging_roots {
	uint64_t four_level, five_level; /* physical, page aligned */
};

/*
 * What bounds the map: lower-half addresses of 4-level paging. Beyond lies
 * nothing that this processor could reach at an address equal to its own.
 */
#define PAGING_LIMIT (UINT64_C(1) << 47)
