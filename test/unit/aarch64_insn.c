// SPDX-License-Identifier: MIT
/*
 * arm64's privileged instructions and its way to call, on any processor: words as an assembler
 * writes them, and what becomes of registers.
 */
#include "machine/convention.h"
#include "machine/process/aarch64/insn.h"
#include "tap.h"

#include <string.h>

static struct machine_regs regs;
static struct insn_cpu cpu;

static enum insn_result answer(uint32_t word)
{
	memset(&regs, 0, sizeof(regs));
	for (unsigned i = 0; i < 31; i++)
		regs.x[i] = 0x100 + i;
	regs.pc = 0x4000;
	return insn_answer(&cpu, &regs, word);
}

/* It is answered, pc is behind it, and register i is value; -1: none changed. */
static void answered(uint32_t word, enum insn_result wanted, int i, uint64_t value)
{
	bool ok = answer(word) == wanted && regs.pc == 0x4004 && regs.sp == 0 && regs.pstate == 0;

	for (int j = 0; j < 31; j++)
		ok &= regs.x[j] == (j == i ? value : 0x100 + (unsigned)j);
	check_msg(ok, "%#x", word);
}

static void refused(uint32_t word)
{
	bool ok = answer(word) == INSN_OTHER && regs.pc == 0x4000;

	for (unsigned j = 0; j < 31; j++)
		ok &= regs.x[j] == 0x100 + j;
	check_msg(ok, "%#x is refused", word);
}

static void test_registers(void)
{
	insn_cpu_reset(&cpu);
	cpu.counter = 12345;
	cpu.mmfr0 = 0x101122;
	answered(0xd5384240, INSN_DONE, 0, 4);		/* mrs x0, CurrentEL */
	answered(0xd5381005, INSN_DONE, 5, 0);		/* mrs x5, sctlr_el1 */
	answered(0xd5390023, INSN_DONE, 3, 0x09200003); /* mrs x3, clidr_el1 */
	answered(0xd53be027, INSN_DONE, 7, 12345);	/* mrs x7, cntpct_el0 */
	answered(0xd538070b, INSN_DONE, 11, 0x101122);	/* mrs x11, id_aa64mmfr0_el1 */
	check(insn_reads_mmfr0(0xd5380700) && insn_reads_mmfr0(0xd538071f));
	/* into another register, of another one, by msr */
	check(!insn_reads_mmfr0(0xd5380720) && !insn_reads_mmfr0(0xd5380400) &&
	      !insn_reads_mmfr0(0xd5180700));
	answered(0xd538425f, INSN_DONE, -1, 0); /* mrs xzr, CurrentEL */
	answered(0xd5181000, INSN_DONE, -1, 0); /* msr sctlr_el1, x0 */
	refused(0xd53c1100);			/* mrs x0, hcr_el2 */
	refused(0xd51c1100);			/* msr hcr_el2, x0 */
	refused(0xd53e1100);			/* mrs x0, scr_el3 */
}

static void test_interrupts(void)
{
	insn_cpu_reset(&cpu);
	check(!insn_interrupts_off(&cpu));
	answered(0xd50342df, INSN_DONE, -1, 0); /* msr daifset, #2 */
	check(insn_interrupts_off(&cpu));
	answered(0xd53b4221, INSN_DONE, 1, 0x80); /* mrs x1, daif */
	answered(0xd50341ff, INSN_DONE, -1, 0);	  /* msr daifclr, #1 */
	check(insn_interrupts_off(&cpu));
	answered(0xd5034fff, INSN_DONE, -1, 0); /* msr daifclr, #15 */
	check(!insn_interrupts_off(&cpu));
	answer(0xd51b422a); /* msr daif, x10, which is 0x10a */
	check(cpu.daif == 0x100);
	answer(0xd51b423f); /* msr daif, xzr */
	check(cpu.daif == 0);
}

static void test_others(void)
{
	answered(0xd508711f, INSN_CODE, -1, 0);	   /* ic ialluis */
	answered(0xd508751f, INSN_CODE, -1, 0);	   /* ic iallu */
	answered(0xd5087620, INSN_DONE, -1, 0);	   /* dc ivac, x0 */
	answered(0xd5087640, INSN_DONE, -1, 0);	   /* dc isw, x0 */
	answered(0xd508871f, INSN_DONE, -1, 0);	   /* tlbi vmalle1 */
	answered(0xd5087800, INSN_DONE, -1, 0);	   /* at s1e1r, x0 */
	answered(0xd4000002, INSN_DONE, 0, ~0ULL); /* hvc #0 */
	answered(0xd41fffe3, INSN_DONE, 0, ~0ULL); /* smc #0xffff */
	refused(0xd50c871f);			   /* tlbi alle2 */
	refused(0);				   /* udf #0 */
	refused(0xd69f03e0);			   /* eret */
	refused(0xd4200000);			   /* brk #0 */
	refused(0xd503201f);			   /* nop */
	refused(0xd65f03c0);			   /* ret */
}

struct stack {
	uint8_t bytes[64];
	uint64_t at;
};

static void *at(void *context, uint64_t addr, uint64_t n)
{
	struct stack *s = context;

	return addr - s->at <= sizeof(s->bytes) && n <= sizeof(s->bytes) - (addr - s->at)
		       ? s->bytes + (addr - s->at)
		       : NULL;
}

static const void *read_at(void *context, uint64_t addr, uint64_t n)
{
	return at(context, addr, n);
}

static void test_convention(void)
{
	struct stack s = { .at = 0x1000 };
	const struct convention_stack stack = { &s, read_at, at };
	const uint64_t arg[CONVENTION_CALL_ARGS] = { 1, 2, 3, 4, 5 };
	struct machine_regs r = { .sp = 0x1020, .pc = 0x77, .x = { [7] = 8, [30] = 0x2000 } };
	uint8_t gates[9];
	uint64_t v = 0;

	memcpy(s.bytes + 0x20, &(uint64_t){ 9 }, 8);
	memcpy(s.bytes + 0x28, &(uint64_t){ 10 }, 8);
	check(convention_arg(&r, &stack, 7, &v) && v == 8);
	check(convention_arg(&r, &stack, 8, &v) && v == 9);
	check(convention_arg(&r, &stack, 9, &v) && v == 10);
	check(!convention_arg(&r, &stack, 12, &v) && v == 10);
	check(convention_return(&r, &stack, 6) && r.pc == 0x2000 && r.x[0] == 6 && r.sp == 0x1020);
	r.sp = 0x1029;
	check(convention_call(&r, &stack, 0x3000, arg, 0x4000));
	check(r.pc == 0x3000 && r.x[30] == 0x4000 && r.sp == 0x1020 && r.x[0] == 1 && r.x[4] == 5);
	check(convention_sp_back(&r) == 0x1020 && convention_result(&r) == 1);
	r.sp = 0x100f;
	check(!convention_call(&r, &stack, 1, arg, 2) && r.pc == 0x3000);
	memset(gates, 0x55, sizeof(gates));
	convention_fill_gates(gates, sizeof(gates));
	check(!memcmp(gates, "\x00\x00\x20\xd4\x00\x00\x20\xd4\x55", 9));
}

int main(void)
{
	test_registers();
	test_interrupts();
	test_others();
	test_convention();
	return tap_done();
}
