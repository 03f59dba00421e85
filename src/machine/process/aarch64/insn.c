// SPDX-License-Identifier: MIT
#include "machine/process/aarch64/insn.h"

/* A system register's name: op0 (its low bit), op1, CRn, CRm, op2, as MRS and MSR have them. */
#define REGISTER(op0, op1, crn, crm, op2)                                                          \
	(((op0)&1) << 14 | (op1) << 11 | (crn) << 7 | (crm) << 3 | (op2))

enum {
	CURRENT_EL = REGISTER(3, 0, 4, 2, 2),
	DAIF = REGISTER(3, 3, 4, 2, 1),
	CLIDR_EL1 = REGISTER(3, 1, 0, 0, 1),
	CNTPCT_EL0 = REGISTER(3, 3, 14, 0, 1),
	ID_AA64MMFR0_EL1 = REGISTER(3, 0, 0, 7, 0),

	EL1 = 1 << 2, /* of CurrentEL */
	DAIF_BITS = 0xf << 6,
	DAIF_I = 1 << 7,
	/*
	 * One level of caches, coherent at that level. With 0 Linux believes that writing
	 * instructions takes no cleaning, and leaves it out.
	 */
	CLIDR_ONE_LEVEL = 0x09200003,
	HIGHEST_OP1 = 3, /* what EL1 may name; 4 and on are EL2's and EL3's */

	INSN_BYTES = 4,
	ZERO_REGISTER = 31,
};

#define NOT_SUPPORTED (~UINT64_C(0)) /* of SMCCC (DEN0028) */

void insn_cpu_reset(struct insn_cpu *cpu)
{
	*cpu = (struct insn_cpu){ .daif = 0 };
}

bool insn_interrupts_off(const struct insn_cpu *cpu)
{
	return cpu->daif & DAIF_I;
}

static unsigned field(uint32_t word, unsigned shift, unsigned bits)
{
	return word >> shift & ((1U << bits) - 1);
}

bool insn_reads_mmfr0(uint32_t word)
{
	return (word & 0xfff00000) == 0xd5300000 && field(word, 5, 15) == ID_AA64MMFR0_EL1;
}

static uint64_t read_register(const struct insn_cpu *cpu, unsigned name)
{
	switch (name) {
	case CURRENT_EL:
		return EL1;
	case DAIF:
		return cpu->daif;
	case CLIDR_EL1:
		return CLIDR_ONE_LEVEL;
	case CNTPCT_EL0:
		return cpu->counter;
	case ID_AA64MMFR0_EL1:
		return cpu->mmfr0;
	default:
		return 0;
	}
}

/* MRS and MSR of a register: nothing that an image sets is looked at by anybody, but DAIF. */
static enum insn_result move(struct insn_cpu *cpu, struct machine_regs *regs, uint32_t word)
{
	const unsigned rt = field(word, 0, 5), name = field(word, 5, 15);
	const bool reads = field(word, 21, 1);

	if (field(word, 16, 3) > HIGHEST_OP1)
		return INSN_OTHER;
	if (reads && rt != ZERO_REGISTER)
		regs->x[rt] = read_register(cpu, name);
	else if (!reads && name == DAIF)
		cpu->daif = (rt == ZERO_REGISTER ? 0 : regs->x[rt]) & DAIF_BITS;
	return INSN_DONE;
}

/* IC, DC, AT and TLBI: of them only instructions that were written have to be seen. */
static enum insn_result maintain(uint32_t word)
{
	enum { CACHES = 7, TLB = 8, IALLUIS = 1, IALLU = 5, PAR = 4 };
	const unsigned crn = field(word, 12, 4), crm = field(word, 8, 4);

	if (field(word, 16, 3) > HIGHEST_OP1 || (crn != CACHES && crn != TLB))
		return INSN_OTHER;
	return crn == CACHES && (crm == IALLUIS || crm == IALLU) ? INSN_CODE : INSN_DONE;
}

static enum insn_result answer(struct insn_cpu *cpu, struct machine_regs *regs, uint32_t word)
{
	/* MSR DAIFSet and DAIFClr, their four bits in CRm */
	if ((word & 0xfffff0ff) == 0xd50340df) {
		cpu->daif |= field(word, 8, 4) << 6;
		return INSN_DONE;
	}
	if ((word & 0xfffff0ff) == 0xd50340ff) {
		cpu->daif &= ~(uint64_t)(field(word, 8, 4) << 6);
		return INSN_DONE;
	}
	if ((word & 0xffd00000) == 0xd5100000)
		return move(cpu, regs, word);
	if ((word & 0xfff80000) == 0xd5080000)
		return maintain(word);
	/* HVC and SMC: nobody is above */
	if ((word & 0xffe0001f) == 0xd4000002 || (word & 0xffe0001f) == 0xd4000003) {
		regs->x[0] = NOT_SUPPORTED;
		return INSN_DONE;
	}
	return INSN_OTHER;
}

enum insn_result insn_answer(struct insn_cpu *cpu, struct machine_regs *regs, uint32_t word)
{
	const enum insn_result result = answer(cpu, regs, word);

	if (result != INSN_OTHER)
		regs->pc += INSN_BYTES;
	return result;
}
