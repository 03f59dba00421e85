/* SPDX-License-Identifier: MIT */
#pragma once
/* What init.c tells the payload to look for when it wakes up on the bare machine. */
#include <stdint.h>

struct payload_range {
	uint64_t addr, n_bytes; /* whole words */
	uint64_t seed;		/* 0: all zero; else word at address a is payload_word(seed, a) */
};

enum { PAYLOAD_MAX_RANGES = 64 };

struct payload_config {
	uint8_t fxsave[512] __attribute__((aligned(16)));
	uint64_t regs[16]; /* rax rbx rcx rdx rsi rdi rbp rsp r8 ... r15 */
	uint64_t rflags;
	uint64_t wants_trap;	  /* then run into an invalid opcode */
	uint64_t five_level;	  /* as the first kernel ran */
	uint64_t tsc, tsc_per_ms; /* when the jump was asked for */
	uint64_t n_ranges;
	struct payload_range range[PAYLOAD_MAX_RANGES];
	uint64_t n_mapped; /* sorted and apart: mapped is this and nothing else */
	struct payload_range mapped[PAYLOAD_MAX_RANGES];
};

static inline uint64_t payload_word(uint64_t seed, uint64_t addr)
{
	return (seed ^ addr) * UINT64_C(0x9e3779b97f4a7c15) | 1;
}
