/* SPDX-License-Identifier: MIT */
#pragma once
/* The same numbers each time, so that a failure comes again (xorshift64). */
#include <stdint.h>

static uint64_t random_state = 0x9e3779b97f4a7c15;

static inline uint64_t random_u64(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

static inline unsigned random_below(unsigned n)
{
	return (unsigned)(random_u64() >> 32) % n;
}
