// SPDX-License-Identifier: MIT
#include "guest/purgatory.h"

enum { LEVELS = 4, BITS_A_LEVEL = 9, PRESENT = 1, LARGE = 1 << 7 };

#define ADDRESS UINT64_C(0xffffffffff000)

bool purgatory_is_mapped(uint64_t root, uint64_t page)
{
	unsigned shift = PAGE_SHIFT + LEVELS * BITS_A_LEVEL;
	uint64_t entry = root | PRESENT;

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
