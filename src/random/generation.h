/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Which of its clones this machine is, for those who note it down and compare
 * later, and where it says so in physical memory, for those who look there at the next
 * kernel's start.
 */
#include "base/util.h"
#include "base/why.h"

#include <stdint.h>

enum { GENERATION_TEXT_BYTES = 80 };

struct generation {
	/* "vmgenid:DIGITS", "vmclock:NUMBER", a comma between; empty: this machine cannot tell */
	char text[GENERATION_TEXT_BYTES];
	uint64_t vmgenid, vmclock; /* physical addresses, 0: there is none */
};

/* Never fails: what cannot be seen is as what is not there. */
void generation_read(struct generation *ret_generation);

enum generation_match { GENERATION_SAME, GENERATION_OTHER, GENERATION_UNKNOWN };

/*
 * Are two texts of one generation? What only one of them has says nothing: a driver was
 * loaded in between, or who looks may not see it. Nothing in common: unknown.
 */
enum generation_match generation_compare(const char *a, const char *b);

/* The address of the device's page in the text of /proc/iomem, 0 when it is not listed. */
uint64_t generation_vmclock_in(const char *iomem);
