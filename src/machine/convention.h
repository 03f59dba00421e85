/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * How code of PE images calls and is called (UEFI 2.10, 2.3): arguments in, a result out,
 * in registers and on a stack. Each processor has its own: <processor>/convention.c.
 */
#include "machine_regs.h"

#include <stdbool.h>

enum { CONVENTION_CALL_ARGS = 5 }; /* as many as anybody calls with */

/* The memory that the stack lies in. */
struct convention_stack {
	void *context;
	/* The bytes at addr; NULL when not all of them can be read, or written. */
	const void *(*read)(void *context, uint64_t addr, uint64_t n_bytes);
	void *(*write)(void *context, uint64_t addr, uint64_t n_bytes);
};

/*
 * A call has just arrived: its argument i, from 0 on. False when it lies on a stack that
 * cannot be read.
 */
bool convention_arg(const struct machine_regs *regs, const struct convention_stack *stack,
		    unsigned i, uint64_t *ret);

/* Answer it: regs go on behind the call. False, and nothing is done, without a stack. */
bool convention_return(struct machine_regs *regs, const struct convention_stack *stack,
		       uint64_t result);

/*
 * Call a function, below what regs have on their stack; it returns to back. False, and
 * nothing is done, when the stack has no room.
 */
bool convention_call(struct machine_regs *regs, const struct convention_stack *stack,
		     uint64_t function, const uint64_t arg[static CONVENTION_CALL_ARGS],
		     uint64_t back);

/* It has returned: its result. And while it begins: where its stack pointer will be then. */
uint64_t convention_result(const struct machine_regs *regs);
uint64_t convention_sp_back(const struct machine_regs *regs);

/* Fill with instructions that stop the machine, whichever byte is jumped to. */
void convention_fill_gates(uint8_t *to, uint64_t n_bytes);
