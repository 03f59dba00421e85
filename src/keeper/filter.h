/* SPDX-License-Identifier: MIT */
#pragma once
/* Which system calls the firmware process has left, once it meets what an image made. */
#include "base/why.h"

#include <stdbool.h>
#include <sys/types.h>

struct filter_config {
	pid_t child;	   /* the one process that it traces */
	int ram_fd;	   /* pages of it can be given back */
	int channel_fd;	   /* of the keeper's */
	int last_given_fd; /* those behind it it has opened itself */
	bool writes;	   /* one of its trees is writable */
};

/*
 * For good. A call that is not on the list ends the process, and some that libraries make by
 * themselves, and can do without, fail. Needs no_new_privs.
 */
must_check int filter_install(const struct filter_config *config, struct why *why);

struct filter_bare {
	int answer_fd;
	int input_fd; /* -1: none */
	bool shows;
};

/*
 * The same for who computes and no more: its memory, writing to answer_fd and standard error, and,
 * if there is one, reading input_fd; for who shows what comes of it, standard output.
 */
must_check int filter_install_bare(const struct filter_bare *config, struct why *why);
