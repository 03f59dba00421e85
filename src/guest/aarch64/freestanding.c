// SPDX-License-Identifier: MIT
/*
 * What the C that is shared with the host program needs of a libc. Byte by byte: before the
 * MMU is on all memory is device memory, which takes no access that is not aligned.
 */
#include <stdint.h>
#include <string.h>

#define hidden __attribute__((visibility("hidden")))

hidden void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
	volatile uint8_t *at = to;
	const uint8_t *byte = from;

	while (n--)
		*at++ = *byte++;
	return to;
}

hidden void *memset(void *to, int value, size_t n)
{
	volatile uint8_t *at = to;

	while (n--)
		*at++ = (uint8_t)value;
	return to;
}

hidden void explicit_bzero(void *to, size_t n)
{
	memset(to, 0, n);
}
