/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * A fuzzer is a file with these two functions. Linked with libFuzzer it runs as
 * long as it is let; linked with replay.c it is a unit test over its own seeds.
 */
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes);

/* Write seed i, at most cap bytes of it, to data; its size, or 0 when there is no seed i. */
size_t fuzz_seed(unsigned i, uint8_t *data, size_t cap);

/* True or the program dies here, in the fuzzer's hands. */
#define fuzz_assert(expr)                                                                          \
	do {                                                                                       \
		if (!(expr))                                                                       \
			__builtin_trap();                                                          \
	} while (0)
