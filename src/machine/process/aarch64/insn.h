/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * The privileged instructions of arm64 that boot code executes, answered for a program that
 * runs at EL0 and believes to run at EL1. Pure: an instruction and registers in, registers out.
 * (Arm ARM, DDI 0487, C5: the system instruction class)
 */
#include "machine_regs.h"

#include <stdbool.h>
#include <stdint.h>

/* What the program believes to own. */
struct insn_cpu {
	uint64_t daif;	  /* as in DAIF: bits 6 to 9 */
	uint64_t counter; /* what CNTPCT_EL0 is now */
	uint64_t mmfr0;	  /* what ID_AA64MMFR0_EL1 is */
};

/* Does it read ID_AA64MMFR0_EL1? No process is stopped by that: Linux answers, and hides page
 * sizes. */
bool insn_reads_mmfr0(uint32_t word);

void insn_cpu_reset(struct insn_cpu *cpu);
bool insn_interrupts_off(const struct insn_cpu *cpu);

enum insn_result {
	INSN_DONE,  /* answered; pc is behind it */
	INSN_CODE,  /* the same; code that was written has to be seen by the processor */
	INSN_OTHER, /* not one of ours; nothing changed */
};

enum insn_result insn_answer(struct insn_cpu *cpu, struct machine_regs *regs, uint32_t word);
