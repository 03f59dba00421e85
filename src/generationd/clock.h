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
	bool rang;   /* the device's event has just been taken */
	bool served; /* as many were served as there is time for */
	struct vmclock clock;
};

/* Returns 0 also where there is no vmclock. */
must_check int clock_open(const char *folder, struct clock_server *ret, struct why *why);

/*
 * Sleep for us microseconds, or until the device tells of a change or somebody has
 * been given the descriptor. Whoever comes again and again waits for the next turn: the
 * sleep behind one that was cut short is not, and lasts at most CLOCK_REST_US.
 */
enum { CLOCK_REST_US = 5000, SERVED_MOST = 16 };
void clock_wait(struct clock_server *c, long us);

/* The counter, 0 without a clock. */
uint64_t clock_count(const struct clock_server *c);
