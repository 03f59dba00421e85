/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * A stopped machine, ready to go on somewhere else: what firmware gives and
 * handover takes. All of it is borrowed and must outlive the handover.
 */
#include "machine/machine.h"

#include <stdint.h>

struct frozen {
	struct machine_regs regs; /* as to be resumed: behind the call, result set */
	struct machine_fpu fpu;
	const struct ram *ram;
	const struct ram_range *pages; /* what exists for the resumed code; sorted, disjoint */
	unsigned n_pages;
	/*
	 * Kept free for the purgatory: its code, stack and page tables. Inside ram,
	 * outside pages, described to the resumed code as in use.
	 */
	struct ram_range resume;
	/*
	 * Bytes, not pages, of the next kernel's seed, to be finished at the jump; inside
	 * pages. Empty: it gets none.
	 */
	struct ram_range seed;
	/* Pages that random numbers were written to: no copies of them are to be left. */
	const struct ram_range *secret;
	unsigned n_secret;
};
