/* SPDX-License-Identifier: MIT */
#pragma once
/* An answer that is worked out from hostile bytes, by a process that can do nothing but that. */
#include "base/why.h"

#include <stddef.h>

enum { COMPUTE_FD = 4 }; /* there, what keeper_compute_from() was given */

/*
 * Have compute() fill in answer, n_bytes of it, in a process that has our memory and no rights: no
 * files, no system calls but for memory. 0 and what it says, which is the bytes' word and to be
 * looked at as such; or a negative errno, when it ended otherwise or took too long.
 */
must_check int keeper_compute(void (*compute)(void *context, void *answer), void *context,
			      void *ret_answer, size_t n_bytes, struct why *why);

/* The same, and it may read what lies behind fd: a file's bytes or a block device's, and its size.
 */
must_check int keeper_compute_from(int fd, void (*compute)(void *context, void *answer),
				   void *context, void *ret_answer, size_t n_bytes,
				   struct why *why);

/*
 * Have show() print what comes of hostile bytes to standard output, in such a process, which may
 * write there as long as somebody reads. 0 and what show() returned; -EPIPE, when nobody reads any
 * more; or another negative errno.
 */
must_check int keeper_show(int (*show)(void *context), void *context, int *ret_status,
			   struct why *why);
