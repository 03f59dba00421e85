/* SPDX-License-Identifier: MIT */
#pragma once
/* The state of a frozen machine, and what is made of it for the purgatory. */
#include "handover/purgatory.h"
#include "machine/frozen.h"

#include <stdbool.h>
#include <string.h>

static inline void unit_state_fill(struct frozen *frozen)
{
	for (unsigned i = 0; i < sizeof(frozen->regs) / 8; i++)
		((uint64_t *)&frozen->regs)[i] = 0x1000 + i;
	frozen->regs.rflags = 0x347; /* trap and interrupt flag set */
	memset(frozen->fpu.fxsave, 0x5a, sizeof(frozen->fpu.fxsave));
}

static inline bool unit_state_arrived(const struct purgatory_state *state,
				      const struct frozen *frozen)
{
	const struct purgatory_regs *r = &state->regs;
	const struct machine_regs *f = &frozen->regs;

	return r->rax == f->rax && r->rbx == f->rbx && r->rcx == f->rcx && r->rdx == f->rdx &&
	       r->rsi == f->rsi && r->rdi == f->rdi && r->rbp == f->rbp && r->rsp == f->rsp &&
	       r->rip == f->rip && memcmp(&r->r8, &f->r8, 64) == 0 && r->rflags == 0x47 &&
	       r->cs == 0x10 && r->ss == 0x18 &&
	       memcmp(state->fxsave, frozen->fpu.fxsave, 512) == 0;
}

static inline bool unit_tables_placed(const struct purgatory_state *state)
{
	return state->root4 % PAGE_BYTES == 0 && state->root5 % PAGE_BYTES == 0 &&
	       state->root4 != state->root5;
}
