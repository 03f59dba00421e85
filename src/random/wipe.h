/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * explicit_bzero(3) for a few bytes, in line: a child's first draw does not have to bring in
 * another page of the C library for each.
 */
#include <stddef.h>
#include <string.h>

static inline __attribute__((always_inline)) void wipe(void *p, size_t n)
{
	memset(p, 0, n);
	/* read, as far as the compiler knows */
	__asm__ volatile("" ::"r"(p) : "memory");
}
