/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * The vmclock device for those who may not open it: its descriptor shows one page
 * and no other, so it can be handed to anybody. (One of /dev/mem shows them all.)
 */
#include "base/util.h"
#include "base/why.h"
#include "random/vmclock.h"

struct clock_server {
	int device; /* -1: no vmclock here */
	int listen;
	struct vmclock clock;
};

/* Returns 0 also where there is no vmclock. */
must_check int clock_open(const char *folder, struct clock_server *ret, struct why *why);

/* Give the descriptor to whoever waits; never blocks. */
void clock_serve(const struct clock_server *c);

/* The counter, 0 without a clock. */
uint64_t clock_count(const struct clock_server *c);
