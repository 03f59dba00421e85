/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * The privileged instructions of x86_64 that boot code executes, answered for
 * a program that runs unprivileged. Pure: an instruction's bytes and registers
 * in, registers out; memory through two callbacks.
 */
#include "machine_regs.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the program believes to own. */
struct insn_cpu {
	uint64_t cr0, cr2, cr3, cr4, cr8, efer, dr[8];
	uint16_t pm_timer_port; /* 0: there is none */
	uint32_t pm_timer;	/* what is read from it now */
	bool interrupts_off;	/* by cli; popf needs no privilege to be ignored and is not seen */
};

void insn_cpu_reset(struct insn_cpu *cpu);

enum insn_result {
	INSN_DONE,  /* answered; rip is behind it */
	INSN_HALT,  /* hlt; rip is behind it */
	INSN_OTHER, /* not one of ours; nothing changed */
};

struct insn_memory {
	void *context;
	bool (*read)(void *context, uint64_t addr, void *buf, size_t n);
	bool (*write)(void *context, uint64_t addr, const void *buf, size_t n);
};

enum insn_result insn_answer(struct insn_cpu *cpu, struct machine_regs *regs,
			     const struct insn_memory *memory);
