// SPDX-License-Identifier: MIT
#include "guest/purgatory.h"

enum { LEVELS = 4, BITS_A_LEVEL = 9, PRESENT = 1, LARGE = 1 << 7 };

#define ADDRESS UINT64_C(0xffffffffff000)

/* By the 4-level root: the other one leads to it. */
bool purgatory_is_mapped(const struct purgatory_state *state, uint64_t page)
{
	unsigned shift = PAGE_SHIFT + LEVELS * BITS_A_LEVEL;
	uint64_t entry = state->root4 | PRESENT;

	if (page >> shift)
		return false;
	while (shift > PAGE_SHIFT && entry & PRESENT) {
		shift -= BITS_A_LEVEL;
		entry = ((const uint64_t *)(entry & ADDRESS))[page >> shift & 511];
		if (entry & LARGE)
			break;
	}
	return entry & PRESENT;
}
