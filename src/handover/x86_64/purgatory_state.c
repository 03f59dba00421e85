// SPDX-License-Identifier: MIT
#include "handover/purgatory.h"

#include <string.h>

/*
 * rflags: the status and direction flags are the payload's; no interrupts,
 * nobody is left to answer them; no trap flag, which a debugger may have set.
 */
enum { RFLAGS_KEPT = 0xcd5, RFLAGS_ALWAYS = 0x2 };

static struct purgatory_regs regs_for(const struct machine_regs *r)
{
	return (struct purgatory_regs){
		.rax = r->rax,
		.rbx = r->rbx,
		.rcx = r->rcx,
		.rdx = r->rdx,
		.rsi = r->rsi,
		.rdi = r->rdi,
		.rbp = r->rbp,
		.r8 = r->r8,
		.r9 = r->r9,
		.r10 = r->r10,
		.r11 = r->r11,
		.r12 = r->r12,
		.r13 = r->r13,
		.r14 = r->r14,
		.r15 = r->r15,
		.rip = r->rip,
		.cs = PURGATORY_CODE64,
		.rflags = (r->rflags & RFLAGS_KEPT) | RFLAGS_ALWAYS,
		.rsp = r->rsp,
		.ss = PURGATORY_DATA,
	};
}

void purgatory_fill_state(const struct frozen *frozen, const struct paging_roots *roots,
			  struct purgatory_state *ret_state)
{
	memcpy(ret_state->fxsave, frozen->fpu.fxsave, sizeof(ret_state->fxsave));
	ret_state->regs = regs_for(&frozen->regs);
	ret_state->root4 = roots->four_level;
	ret_state->root5 = roots->five_level;
}
