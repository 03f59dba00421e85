/* SPDX-License-Identifier: MIT */
#pragma once
/* The general and the vector registers of an arm64 machine (Arm ARM, DDI 0487, B1.2.1). */
#include <stdint.h>

/* A kernel may have pages of 4, 16 or 64 KiB. */
enum { MACHINE_LARGEST_PAGE = 65536 };

/* In the order of Linux's struct user_pt_regs, which is NT_PRSTATUS. */
struct machine_regs {
	uint64_t x[31];
	uint64_t sp, pc;
	uint64_t pstate; /* as in SPSR: the flags are bits 28 to 31 */
};

static inline uint64_t machine_pc(const struct machine_regs *regs)
{
	return regs->pc;
}

static inline uint64_t machine_sp(const struct machine_regs *regs)
{
	return regs->sp;
}

static inline void machine_set_sp(struct machine_regs *regs, uint64_t sp)
{
	regs->sp = sp;
}

/*
 * In the order of struct user_fpsimd_state, which is NT_PRFPREG. UEFI gives images no more
 * than this: what SVE and SME add is nobody's state (UEFI 2.10, 2.3.6).
 */
struct machine_fpu {
	uint64_t v[32][2]; /* low half first */
	uint32_t fpsr, fpcr;
	uint32_t reserved[2];
} __attribute__((aligned(16)));
