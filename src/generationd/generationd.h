/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * The daemon behind /run/bardo/generation: it sees what unprivileged processes may
 * not, and tells them.
 */
#include "base/util.h"
#include "base/why.h"
#include "random/published.h"

/* Microseconds between two looks; readers' window is this and the time until the daemon runs. */
enum { INTERVAL_US = 5000, INTERVAL_US_LEAST = 100, INTERVAL_US_MOST = 1000000 };

struct generationd_options {
	const char *folder; /* to publish in: PUBLISHED_DIR */
	long interval_us;
	bool open;	   /* no sandbox */
	const char *bardo; /* the program that stages again; NULL: nobody does */
	/* told of what did not work and is no reason to end */
	void (*warn)(const struct why *why);
};

/*
 * Returns when it cannot start: a negative errno, -ENODEV when this machine has nothing
 * to look at. Else it runs until it is killed.
 */
int generationd_run(const struct generationd_options *options, struct why *why);
