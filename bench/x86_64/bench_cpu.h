/* SPDX-License-Identifier: MIT */
#pragma once
/* What bench/random.c has for x86-64 alone. */

/* Our versions of ChaCha20, the fastest first; the last one each such processor has. */
#define CPU_OURS(ROW) ROW("avx512") ROW("avx2") ROW("sse2")
#define CPU_BASE "sse2"

/* libsodium's, but the portable one: is it for this processor? */
#define CPU_SODIUM(ROW)                                                                            \
	ROW("avx2", crypto_stream_chacha20_dolbeau_avx2_implementation, sodium_runtime_has_avx2)   \
	ROW("ssse3", crypto_stream_chacha20_dolbeau_ssse3_implementation, sodium_runtime_has_ssse3)

/* Held against libsodium's of the same name: how many times as fast they have to be. */
#define CPU_RIVALS(ROW) ROW("avx2", 1.05)

/* It waits for the one before; how long, on Intel's since 2008 and AMD's since Zen. */
#define CPU_MULTIPLY "imul %0, %0"
#define CPU_MULTIPLY_CYCLES 3

/* Names of processors say little: family and model tell which core it is. */
#define CPU_NAMED "%s, family %s model %s"
#define CPU_FIELDS "model name", "cpu family", "model"
