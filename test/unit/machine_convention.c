// SPDX-License-Identifier: MIT
/* Calls in both directions, on a stack that is an array. x86-64: UEFI 2.10, 2.3.4.2. */
#include "base/util.h"
#include "machine/convention.h"
#include "tap.h"

#include <string.h>

enum { BOTTOM = 0x10000, BYTES = 0x200, FUNCTION = 0x1234, BACK = 0x5678 };

static uint8_t memory[BYTES];

static void *at(void *context, uint64_t addr, uint64_t n_bytes)
{
	check(context == memory);
	return addr >= BOTTOM && addr <= BOTTOM + BYTES - n_bytes ? memory + (addr - BOTTOM) : NULL;
}

static const void *at_const(void *context, uint64_t addr, uint64_t n_bytes)
{
	return at(context, addr, n_bytes);
}

static const struct convention_stack stack = { memory, at_const, at };

static uint64_t word(uint64_t addr)
{
	uint64_t v;

	memcpy(&v, memory + (addr - BOTTOM), sizeof(v));
	return v;
}

/* A caller's frame: its return address, room for four arguments, the fifth and so on. */
static struct machine_regs called(uint64_t sp)
{
	for (uint64_t i = 0; i < BYTES / 8; i++)
		memcpy(memory + 8 * i, &(uint64_t){ 0x100 + i }, 8);
	return (struct machine_regs){
		.rip = FUNCTION, .rsp = sp, .rcx = 1, .rdx = 2, .r8 = 3, .r9 = 4, .rbx = 5
	};
}

static void test_arguments(void)
{
	const struct machine_regs regs = called(BOTTOM + 0x40);
	uint64_t v = 0;

	for (unsigned i = 0; i < 4; i++)
		check(convention_arg(&regs, &stack, i, &v) && v == i + 1);
	/* the word behind the return address and 32 bytes */
	check(convention_arg(&regs, &stack, 4, &v) && v == 0x100 + 0x40 / 8 + 5);
	check(convention_arg(&regs, &stack, 9, &v) && v == 0x100 + 0x40 / 8 + 10);
}

static void test_no_stack(void)
{
	const uint64_t arg[CONVENTION_CALL_ARGS] = { 0 };
	struct machine_regs regs = called(BOTTOM + BYTES), before = regs;
	uint64_t v = 7;

	check(!convention_arg(&regs, &stack, 4, &v) && v == 7);
	check(!convention_return(&regs, &stack, 1) && !memcmp(&regs, &before, sizeof(regs)));
	regs = before = called(BOTTOM + 0x40);
	check(!convention_call(&regs, &stack, FUNCTION, arg, BACK));
	check(!memcmp(&regs, &before, sizeof(regs)));
	for (uint64_t i = 0; i < BYTES / 8; i++)
		check(word(BOTTOM + 8 * i) == 0x100 + i);
	regs = called(8);
	check(!convention_call(&regs, &stack, FUNCTION, arg, BACK));
}

static void test_return(void)
{
	struct machine_regs regs = called(BOTTOM + 0x40);

	check(convention_return(&regs, &stack, 0x8000000000000003));
	check(regs.rip == 0x100 + 0x40 / 8 && regs.rsp == BOTTOM + 0x48);
	check(regs.rax == 0x8000000000000003 && regs.rbx == 5 && regs.rcx == 1);
	check(convention_result(&regs) == 0x8000000000000003);
}

/* From whatever stack pointer: aligned, and nothing of the interrupted code's red zone lost. */
static void test_call(void)
{
	const uint64_t arg[CONVENTION_CALL_ARGS] = { 11, 12, 13, 14, 15 };
	struct machine_regs regs;
	uint64_t v = 0;

	for (uint64_t sp = BOTTOM + 0x180; sp < BOTTOM + 0x190; sp++) {
		regs = called(sp);
		check(convention_call(&regs, &stack, FUNCTION, arg, BACK));
		check(machine_pc(&regs) == FUNCTION && regs.rflags == 0x202);
		check(machine_sp(&regs) % 16 == 8 && word(machine_sp(&regs)) == BACK);
		check(machine_sp(&regs) + 8 + 32 + 8 <= sp - 128);
		check(convention_sp_back(&regs) == machine_sp(&regs) + 8);
		for (unsigned i = 0; i < CONVENTION_CALL_ARGS; i++)
			check(convention_arg(&regs, &stack, i, &v) && v == arg[i]);
		for (uint64_t a = align_up(sp - 128, 8); a < BOTTOM + BYTES; a += 8)
			check(word(a) == 0x100 + (a - BOTTOM) / 8);
		check(regs.rbx == 0 && regs.rax == 0);
		v = convention_sp_back(&regs);
		check(convention_return(&regs, &stack, 9) && machine_sp(&regs) == v);
		check(machine_pc(&regs) == BACK && convention_result(&regs) == 9);
	}
}

static void test_gates(void)
{
	uint8_t byte[20] = { 0 };

	convention_fill_gates(byte + 2, 16);
	check(byte[1] == 0 && byte[18] == 0);
	for (unsigned i = 2; i < 18; i++)
		check(byte[i] == 0xf4);
}

int main(void)
{
	test_arguments();
	test_no_stack();
	test_return();
	test_call();
	test_gates();
	return tap_done();
}
