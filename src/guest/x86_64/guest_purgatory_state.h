/* SPDX-License-Identifier: MIT */
#pragma once
/* An x86-64 processor's part of what is laid down for the purgatory. */
#include "base/util.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

/* rip to ss are what iretq takes, in its order. */
struct purgatory_regs {
	uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp;
	uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
	uint64_t rip, cs, rflags, rsp, ss;
};

enum { PURGATORY_CODE32 = 0x08, PURGATORY_CODE64 = 0x10, PURGATORY_DATA = 0x18 };

/* What it resumes, and the page tables that it stands on. */
struct purgatory_state {
	uint8_t fxsave[512] __attribute__((aligned(16)));
	struct purgatory_regs regs;
	uint64_t root4, root5; /* CR3 for CR4.LA57 clear and set */
};
static_assert(offsetof(struct purgatory_state, regs) == 512, "purgatory_entry.S");

/* A page that it writes tables of its own to. */
struct purgatory_tables {
	uint64_t idt[32][2];
	uint8_t unused[PAGE_BYTES - 512];
};

static inline uint64_t purgatory_stack_pointer(void)
{
	uint64_t rsp;

	__asm__ volatile("mov %%rsp, %0" : "=r"(rsp));
	return rsp;
}
