// SPDX-License-Identifier: MIT
/* What the C that is shared with the host program needs of a libc. */
#include <string.h>

#define hidden __attribute__((visibility("hidden")))

hidden void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
	void *at = to;

	__asm__ volatile("rep movsb" : "+D"(at), "+S"(from), "+c"(n) : : "memory");
	return to;
}

hidden void *memset(void *to, int value, size_t n)
{
	void *at = to;

	__asm__ volatile("rep stosb" : "+D"(at), "+c"(n) : "a"(value) : "memory");
	return to;
}

hidden void explicit_bzero(void *to, size_t n)
{
	memset(to, 0, n);
}
