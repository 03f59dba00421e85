/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Memory that runs out on demand. Linked with alloc_wrap (meson.build), every
 * malloc(), calloc() and realloc() of the program's own objects comes through
 * here; libc's do not. One file of a program includes this.
 *
 *	for (unsigned at = 1; ; at++) {
 *		alloc_fail_at(at);
 *		r = thing();
 *		if (!alloc_failed())	// got through: it asks fewer times than that
 *			break;
 *		...
 *	}
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);

static unsigned alloc_countdown; /* 0: all succeed, or the one to fail has failed */
static bool alloc_has_failed;

static inline void alloc_fail_at(unsigned at)
{
	alloc_countdown = at;
	alloc_has_failed = false;
}

/* Did it come to that one? From here on all succeed. */
static inline bool alloc_failed(void)
{
	alloc_countdown = 0;
	return alloc_has_failed;
}

static inline bool alloc_is_to_fail(void)
{
	if (!alloc_countdown || --alloc_countdown)
		return false;
	alloc_has_failed = true;
	return true;
}

void *__wrap_malloc(size_t n)
{
	return alloc_is_to_fail() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return alloc_is_to_fail() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
	return alloc_is_to_fail() ? NULL : __real_realloc(p, n);
}
