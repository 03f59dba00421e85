// SPDX-License-Identifier: MIT
/*
 * The Microsoft convention: four arguments in registers, the others on the stack behind
 * room for those four, and the return address on top.
 */
#include "machine/convention.h"
#include "base/util.h"

#include <string.h>

enum {
	RFLAGS_AT_CALL = 0x202,
	RED_ZONE = 128,
	ADDRESS = 8,
	SHADOW_SPACE = 32,
	STACK_ARGS = 16, /* the fifth, and alignment */
	REGISTER_ARGS = 4,
	HLT = 0xf4,
};

bool convention_arg(const struct machine_regs *regs, const struct convention_stack *stack,
		    unsigned i, uint64_t *ret)
{
	const uint64_t in_regs[REGISTER_ARGS] = { regs->rcx, regs->rdx, regs->r8, regs->r9 };
	const void *p;

	if (i < REGISTER_ARGS) {
		*ret = in_regs[i];
		return true;
	}
	p = stack->read(stack->context,
			regs->rsp + ADDRESS + SHADOW_SPACE + 8 * (uint64_t)(i - REGISTER_ARGS), 8);
	if (p)
		memcpy(ret, p, sizeof(*ret));
	return p;
}

bool convention_return(struct machine_regs *regs, const struct convention_stack *stack,
		       uint64_t result)
{
	const void *back = stack->read(stack->context, regs->rsp, ADDRESS);

	if (!back)
		return false;
	memcpy(&regs->rip, back, ADDRESS);
	regs->rsp += ADDRESS;
	regs->rax = result;
	return true;
}

bool convention_call(struct machine_regs *regs, const struct convention_stack *stack,
		     uint64_t function, const uint64_t arg[static CONVENTION_CALL_ARGS],
		     uint64_t back)
{
	const uint64_t sp =
		align_down(regs->rsp - RED_ZONE, 16) - STACK_ARGS - SHADOW_SPACE - ADDRESS;
	uint8_t *p = stack->write(stack->context, sp, ADDRESS + SHADOW_SPACE + 8);

	if (!p)
		return false;
	memcpy(p, &back, ADDRESS);
	memcpy(p + ADDRESS + SHADOW_SPACE, &arg[REGISTER_ARGS], 8);
	*regs = (struct machine_regs){
		.rip = function,
		.rsp = sp,
		.rflags = RFLAGS_AT_CALL,
		.rcx = arg[0],
		.rdx = arg[1],
		.r8 = arg[2],
		.r9 = arg[3],
	};
	return true;
}

uint64_t convention_result(const struct machine_regs *regs)
{
	return regs->rax;
}

uint64_t convention_sp_back(const struct machine_regs *regs)
{
	return regs->rsp + ADDRESS;
}

void convention_fill_gates(uint8_t *to, uint64_t n_bytes)
{
	memset(to, HLT, n_bytes);
}
