/* SPDX-License-Identifier: MIT */
#pragma once
/* The page of the vmclock device. Layout: linux/vmclock-abi.h, version 1. */
#include "base/util.h"
#include "base/why.h"

#include <stdint.h>

struct vmclock {
	const volatile uint64_t *count; /* a new value after each duplicate */
	bool marker; /* it is the disruption marker: changes at live migration too */
	bool polls;  /* poll() on the descriptor tells of a change */
};

/*
 * Map the page of a descriptor. Returns 0, or -ENOEXEC when this is no vmclock
 * page that we understand.
 */
must_check int vmclock_map(int fd, struct vmclock *ret_clock, struct why *why);

/* Which word of this page counts; pure, page is at least 4096 bytes. */
must_check int vmclock_find(const volatile uint8_t *page, struct vmclock *ret_clock);

/*
 * Open /dev/vmclock0, or where only root may and the daemon runs, ask it for its
 * descriptor. Returns the descriptor or a negative errno.
 */
must_check int vmclock_open(bool daemon_runs);
