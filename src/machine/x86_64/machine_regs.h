/* SPDX-License-Identifier: MIT */
#pragma once
/* The general registers and FPU image of an x86-64 machine. */
#include <stdint.h>

/* Every kernel has pages of this size. */
enum { MACHINE_LARGEST_PAGE = 4096 };

struct machine_regs {
	uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp, rsp;
	uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
	uint64_t rip, rflags;
};

static inline uint64_t machine_pc(const struct machine_regs *regs)
{
	return regs->rip;
}

static inline uint64_t machine_sp(const struct machine_regs *regs)
{
	return regs->rsp;
}

static inline void machine_set_sp(struct machine_regs *regs, uint64_t sp)
{
	regs->rsp = sp;
}

/*
 * FXSAVE64's image, and where the processor has XSAVE, the whole of its area in standard
 * format, which begins with the same 512 bytes (Intel SDM volume 1, 10.5.1 and 13.4).
 */
struct machine_fpu {
	union {
		uint8_t fxsave[512];
		uint8_t xsave[16384];
	};
	uint32_t n_xsave; /* bytes of xsave, 0 without it */
} __attribute__((aligned(16)));
