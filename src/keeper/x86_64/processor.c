// SPDX-License-Identifier: MIT
#include "keeper/processor.h"
#include "base/util.h"

#include <string.h>
#include <sys/ptrace.h>

/*
 * What a process can have between two instructions: carry to overflow, interrupts on, resume,
 * alignment checks, identification. Not the trap flag, a privilege level or virtual 8086 mode.
 */
bool keeper_flags_are_possible(const struct machine_regs *g)
{
	enum { POSSIBLE = 0x250ed7, AT_LEAST = 0x2 };

	return !(g->rflags & ~(uint64_t)POSSIBLE) && g->rflags & AT_LEAST;
}

/* Intel SDM volume 1, 10.5.1 and 13.4.2: what is reserved is 0, and loading it otherwise faults. */
bool keeper_fpu_is_possible(const struct machine_fpu *f)
{
	enum { MXCSR = 24, HEADER = 512, XCOMP_BV = HEADER + 8, BODY = HEADER + 64 };
	uint32_t mxcsr;

	memcpy(&mxcsr, f->fxsave + MXCSR, sizeof(mxcsr));
	if (mxcsr >> 16 || (f->n_xsave && (f->n_xsave < BODY || f->n_xsave > sizeof(f->xsave))))
		return false;
	for (unsigned i = XCOMP_BV; f->n_xsave && i < BODY; i++)
		if (f->xsave[i])
			return false;
	return true;
}

void keeper_state_places(const struct machine_regs *regs, struct ram_range ret_place[static 2])
{
	enum { WORD = 8 };

	ret_place[0] = (struct ram_range){ regs->rip, regs->rip + 1 };
	ret_place[1] = (struct ram_range){ regs->rsp - WORD, regs->rsp };
}

static const struct filter_row requests[] = {
	{ FILTER_PTRACE(PTRACE_SETREGS) },
	{ FILTER_PTRACE(PTRACE_SYSEMU) },
	{ FILTER_PTRACE(PTRACE_GETREGS) },
	{ FILTER_PTRACE(PTRACE_CONT) },
	{ FILTER_PTRACE(PTRACE_GETSIGINFO) },
	{ FILTER_PTRACE(PTRACE_GETREGSET) },
	{ FILTER_PTRACE(PTRACE_SETREGSET) },
	{ FILTER_PTRACE(PTRACE_GETFPREGS), "a processor without XSAVE: VM test plain-6.1" },
	{ FILTER_PTRACE(PTRACE_SETFPREGS), "a processor without XSAVE: VM test plain-6.1" },
	{ FILTER_PTRACE(PTRACE_KILL) },
};

const struct filter_rows keeper_ptrace = { "ptrace", requests, ARRAY_SIZE(requests) };
