/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * The lists that filter.c makes filters of: which system calls there are, and in which form. Who
 * adds one shows a run of the tests that makes it (test/payload/calls), or says why there is none.
 */
#include <stdint.h>
#include <sys/syscall.h>

/* What is known only when the filter is made. */
enum filter_known {
	A_NUMBER, /* nothing: it is in the row */
	THE_CHILD,
	THE_RAM,
	THE_CHANNEL,
	THE_LAST_GIVEN,
	THE_ANSWER,
	THE_INPUT,
	FILTER_N_KNOWN,
};

/* What an argument has to be; but for addresses, all are numbers of 32 bits to the kernel, or
 * flags.
 */
struct filter_condition {
	enum { ALWAYS, IS, LACKS, ABOVE, NULL_ADDRESS } how;
	unsigned arg;
	uint32_t value;
	enum filter_known known; /* in the place of value */
};

/* One call in one form; several forms of a call are several rows. */
struct filter_row {
	int number;
	struct filter_condition condition[2];
	const char *unseen; /* why no run of the tests makes it */
};

/* A request for the one process that it traces. */
#define FILTER_PTRACE(request)                                                                     \
	SYS_ptrace,                                                                                \
	{                                                                                          \
		{ IS, 0, request },                                                                \
		{                                                                                  \
			IS, 1, .known = THE_CHILD                                                  \
		}                                                                                  \
	}

struct filter_rows {
	const char *name;
	const struct filter_row *row;
	unsigned n;
};

/* Of the firmware process. */
extern const struct filter_rows filter_drives, filter_files, filter_writes, filter_runs;
/* Of who computes: who reads something, who shows something, all. */
extern const struct filter_rows filter_input, filter_shows, filter_answers;
/* Of both. */
extern const struct filter_rows filter_self;
/* These fail, as for somebody who has no right to it: for libraries that can do without. */
extern const struct filter_rows filter_refused, filter_answers_refused;
