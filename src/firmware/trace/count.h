/* SPDX-License-Identifier: MIT */
#pragma once
/* Calls, failures and time of each service, as strace -c counts them. */
#include "firmware/core/groups.h"

#include <stdio.h>

enum { COUNT_DEPTH = 64 }; /* of calls within calls whose times are told apart */

struct count {
	uint64_t n_calls, n_errors, ns;
};

struct counts {
	struct count *of; /* by the service's place among those of all groups */
	struct {
		uint64_t began_ns, inner_ns; /* of a call that is being answered; of those in it */
	} open[COUNT_DEPTH];
	unsigned depth;
};

/* A call begins and ends. ns is the time that was spent outside the image so far. */
void count_call(struct counts *counts, uint64_t ns);
void count_result(struct counts *counts, unsigned place, bool failed, uint64_t ns);

/* A line for each service that was called, those that took longest first. */
void count_print(const struct counts *counts, const struct groups *groups, FILE *out);
