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
	frozen->regs.pstate = 0x600003c5; /* masks and a level besides the flags */
	memset(&frozen->fpu, 0x5a, sizeof(frozen->fpu));
}

static inline bool unit_state_arrived(const struct purgatory_state *state,
				      const struct frozen *frozen)
{
	const struct purgatory_regs *r = &state->regs;
	const struct machine_regs *f = &frozen->regs;

	return memcmp(r->x, f->x, sizeof(r->x)) == 0 && r->sp == f->sp && r->pc == f->pc &&
	       r->pstate == 0x60000000 && memcmp(state->v, frozen->fpu.v, sizeof(state->v)) == 0 &&
	       state->fpsr == frozen->fpu.fpsr && state->fpcr == frozen->fpu.fpcr;
}

static inline bool unit_tables_placed(const struct purgatory_state *state)
{
	return state->table && state->table % PAGE_BYTES == 0;
}
