/* SPDX-License-Identifier: MIT */
#pragma once
/* The system calls, and what their refusals mean. Nothing here decides anything. */
#include "base/why.h"

#include <stdint.h>

/* What kexec is to put where; whole pages. */
struct kexec_piece {
	const uint8_t *bytes;
	uint64_t addr, n_bytes;
};

/* KEXEC_ARCH_* of kexec_load(2): <processor>/kexec_arch.c */
extern const unsigned long kexec_arch;

/* At most 16 pieces; takes the place of what was staged before, or changes nothing. */
must_check int kexec_load_pieces(uint64_t entry, const struct kexec_piece *piece, unsigned n,
				 struct why *why);
must_check int kexec_load_nothing(struct why *why); /* unload */

/* sync(2), then the jump: returns only when the kernel refuses. */
int kexec_jump(struct why *why);
