/* SPDX-License-Identifier: MIT */
#pragma once
/* Small things every layer needs and no layer owns. */
#include <stdbool.h>
#include <stdint.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* Is an address sanitizer built in? gcc and clang say so in ways of their own. */
#ifdef __SANITIZE_ADDRESS__
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

/* The caller has to look at the result. */
#define must_check __attribute__((warn_unused_result))

enum { PAGE_BYTES = 4096, PAGE_SHIFT = 12 };

/* align is a power of two */
static inline uint64_t align_down(uint64_t v, uint64_t align)
{
	return v & ~(align - 1);
}

/* Wraps to 0 when v is within align of 2^64: check first where v is not ours. */
static inline uint64_t align_up(uint64_t v, uint64_t align)
{
	return (v + align - 1) & ~(align - 1);
}

/* n_bytes must be at most 2^64 - 4096 */
static inline uint64_t pages_for(uint64_t n_bytes)
{
	return align_up(n_bytes, PAGE_BYTES) >> PAGE_SHIFT;
}

static inline uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static inline uint64_t max_u64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}
