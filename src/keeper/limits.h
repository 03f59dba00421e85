/* SPDX-License-Identifier: MIT */
#pragma once
/* What a process that meets hostile bytes may use up of the machine. System calls and /proc only.
 */
#include "base/util.h"

#include <stdint.h>

/* Bytes that count for RLIMIT_AS and RLIMIT_DATA. */
struct memory_use {
	uint64_t all, data;
};

/* Of this process now; a sanitizer has terabytes. 0 where /proc is not to be seen. */
struct memory_use memory_use_now(void);
/* Not more than most of it, for good, nor than it was allowed before. */
void limit(int resource, uint64_t most);
/* When memory runs out on the machine, this process goes before others. */
void be_first_to_go(void);
