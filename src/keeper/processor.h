/* SPDX-License-Identifier: MIT */
#pragma once
/* What the keeper knows of the processor. <processor>/processor.c. */
#include "keeper/filter_rows.h"
#include "machine/ram.h"
#include "machine_regs.h"

#include <stdbool.h>

/* Can a process be in this state between two instructions? */
bool keeper_flags_are_possible(const struct machine_regs *regs);
bool keeper_fpu_is_possible(const struct machine_fpu *fpu);
/* Where it goes on: at its program counter, on the stack that a return address was just taken from.
 */
void keeper_state_places(const struct machine_regs *regs, struct ram_range ret_place[static 2]);

/* The ptrace(2) requests by which machine/process drives a payload, the most frequent first. */
extern const struct filter_rows keeper_ptrace;
