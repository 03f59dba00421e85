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
	char text[GENERATION_TEXT_BYTES]; /* one word; empty: this machine cannot tell */
	uint64_t vmgenid, vmclock;	  /* physical addresses, 0: there is none */
};

/* Never fails: what cannot be seen is as what is not there. */
void generation_read(struct generation *ret_generation);
