/* SPDX-License-Identifier: MIT */
#pragma once
/* An arm64 processor's part of what is laid down for the purgatory. */
#include "base/util.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

/* pc and pstate are what eret takes from ELR and SPSR. */
struct purgatory_regs {
	uint64_t x[31];
	uint64_t sp, pc, pstate;
};

/* What it resumes, and the page table that it stands on. */
struct purgatory_state {
	uint64_t v[32][2] __attribute__((aligned(16)));
	uint64_t fpsr, fpcr;
	struct purgatory_regs regs;
	uint64_t table; /* TTBR0 */
};

static_assert(offsetof(struct purgatory_state, fpsr) == 512, "purgatory_entry.S");
static_assert(offsetof(struct purgatory_state, regs) == 528, "purgatory_entry.S");

/* Exception vectors are code here, 2 KiB aligned, and not a table that is written. */
struct purgatory_tables {
	uint32_t n_resets; /* tried so far */
	uint8_t unused[PAGE_BYTES - 4];
};

static inline uint64_t purgatory_stack_pointer(void)
{
	uint64_t sp;

	__asm__ volatile("mov %0, sp" : "=r"(sp));
	return sp;
}
