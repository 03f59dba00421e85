/* SPDX-License-Identifier: MIT */
#pragma once
#include <stdint.h>

struct paging_roots {
	uint64_t table; /* TTBR0_EL1's or TTBR0_EL2's: physical, page aligned */
};

/*
 * What bounds the map: TTBR0's half with a granule of 4 KiB and four levels. Addresses of 52
 * bits want descriptors of another form (FEAT_LPA2).
 */
#define PAGING_LIMIT (UINT64_C(1) << 48)
