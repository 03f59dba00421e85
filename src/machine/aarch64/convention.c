// SPDX-License-Identifier: MIT
/*
 * AAPCS64: eight arguments in registers, the others on the stack from its pointer on, which is a
 * multiple of 16; the return address in x30. (UEFI 2.10, 2.3.6)
 */
#include "machine/convention.h"
#include "base/util.h"

#include <assert.h>
#include <string.h>

enum {
	REGISTER_ARGS = 8,
	STACK_ALIGN = 16,
	LINK = 30,
};

#define BRK UINT32_C(0xd4200000)

bool convention_arg(const struct machine_regs *regs, const struct convention_stack *stack,
		    unsigned i, uint64_t *ret)
{
	const void *p;

	if (i < REGISTER_ARGS) {
		*ret = regs->x[i];
		return true;
	}
	p = stack->read(stack->context, regs->sp + 8 * (uint64_t)(i - REGISTER_ARGS), 8);
	if (p)
		memcpy(ret, p, sizeof(*ret));
	return p;
}

bool convention_return(struct machine_regs *regs, const struct convention_stack *stack,
		       uint64_t result)
{
	regs->pc = regs->x[LINK];
	regs->x[0] = result;
	return true;
}

bool convention_call(struct machine_regs *regs, const struct convention_stack *stack,
		     uint64_t function, const uint64_t arg[static CONVENTION_CALL_ARGS],
		     uint64_t back)
{
	const uint64_t sp = align_down(regs->sp, STACK_ALIGN);

	static_assert((int)CONVENTION_CALL_ARGS <= (int)REGISTER_ARGS, "none on the stack");
	/* a function without a stack would end in a fault that looks like its own */
	if (!stack->write(stack->context, sp - STACK_ALIGN, STACK_ALIGN))
		return false;
	*regs = (struct machine_regs){ .pc = function, .sp = sp };
	memcpy(regs->x, arg, CONVENTION_CALL_ARGS * sizeof(arg[0]));
	regs->x[LINK] = back;
	return true;
}

uint64_t convention_result(const struct machine_regs *regs)
{
	return regs->x[0];
}

uint64_t convention_sp_back(const struct machine_regs *regs)
{
	return regs->sp;
}

/* An address between two instructions stops too: it is an alignment fault. */
void convention_fill_gates(uint8_t *to, uint64_t n_bytes)
{
	const uint32_t stop = BRK;

	for (uint64_t i = 0; i + sizeof(stop) <= n_bytes; i += sizeof(stop))
		memcpy(to + i, &stop, sizeof(stop));
}
