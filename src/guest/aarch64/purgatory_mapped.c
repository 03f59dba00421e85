// SPDX-License-Identifier: MIT
#include "guest/purgatory.h"

enum { LEVELS = 4, BITS_A_LEVEL = 9, VALID = 1, TABLE = 2 };

#define ADDRESS UINT64_C(0xfffffffff000)

bool purgatory_is_mapped(const struct purgatory_state *state, uint64_t page)
{
	unsigned shift = PAGE_SHIFT + LEVELS * BITS_A_LEVEL;
	uint64_t entry = state->table | VALID | TABLE;

	if (page >> shift)
		return false;
	while (shift > PAGE_SHIFT && entry & VALID && entry & TABLE) {
		shift -= BITS_A_LEVEL;
		entry = ((const uint64_t *)(entry & ADDRESS))[page >> shift & 511];
	}
	return entry & VALID;
}
