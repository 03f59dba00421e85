// SPDX-License-Identifier: MIT
#include "keeper/processor.h"
#include "base/util.h"

#include <sys/ptrace.h>

/* Only the four flags: what else there is, is the machine's to say behind the jump. */
bool keeper_flags_are_possible(const struct machine_regs *g)
{
	return !(g->pstate & ~(UINT64_C(0xf) << 28));
}

/* Arm ARM, C5.2.8 and C5.2.10: which bits there are. */
bool keeper_fpu_is_possible(const struct machine_fpu *f)
{
	const uint32_t control = 0x07f79f07, status = 0xf800009f;

	return !(f->fpcr & ~control) && !(f->fpsr & ~status) && !f->reserved[0] && !f->reserved[1];
}

/* A call has put its return address into a register, and nothing on the stack. */
void keeper_state_places(const struct machine_regs *regs, struct ram_range ret_place[static 2])
{
	ret_place[0] = (struct ram_range){ regs->pc, regs->pc + 1 };
	ret_place[1] = (struct ram_range){ regs->sp - 1, regs->sp };
}

static const struct filter_row requests[] = {
	{ FILTER_PTRACE(PTRACE_SETREGSET) },  { FILTER_PTRACE(PTRACE_SYSEMU) },
	{ FILTER_PTRACE(PTRACE_GETREGSET) },  { FILTER_PTRACE(PTRACE_CONT) },
	{ FILTER_PTRACE(PTRACE_GETSIGINFO) }, { FILTER_PTRACE(PTRACE_KILL) },
};

const struct filter_rows keeper_ptrace = { "ptrace", requests, ARRAY_SIZE(requests) };
