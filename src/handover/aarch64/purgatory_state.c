// SPDX-License-Identifier: MIT
#include "handover/purgatory.h"

#include <string.h>

/* The flags are the payload's; the level, the stack pointer and the masks are the jump's. */
#define FLAGS (UINT64_C(0xf) << 28)

void purgatory_fill_state(const struct frozen *frozen, const struct paging_roots *roots,
			  struct purgatory_state *ret_state)
{
	static_assert(sizeof(ret_state->v) == sizeof(frozen->fpu.v), "vector registers");
	memcpy(ret_state->v, frozen->fpu.v, sizeof(ret_state->v));
	ret_state->fpsr = frozen->fpu.fpsr;
	ret_state->fpcr = frozen->fpu.fpcr;
	memcpy(ret_state->regs.x, frozen->regs.x, sizeof(ret_state->regs.x));
	ret_state->regs.sp = frozen->regs.sp;
	ret_state->regs.pc = frozen->regs.pc;
	ret_state->regs.pstate = frozen->regs.pstate & FLAGS;
	ret_state->table = roots->table;
}
