/* SPDX-License-Identifier: MIT */
#pragma once
#include "base/util.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Give up every capability, in all sets and for good, whatever user we are. System calls only, so
 * that a child of a process with threads may call it. 0 or a negative errno.
 */
must_check int caps_drop(void);

/* Is it permitted to us? By its number, CAP_SYS_BOOT of linux/capability.h. */
bool caps_have(unsigned number);

/* The bit of a capability's number, CAP_SYS_BOOT of linux/capability.h. */
#define CAPS_BIT(number) (UINT64_C(1) << (number))
/*
 * Keep what mask has of those that we have, in this process and in what it forks. What a program of
 * root's that is executed has is its own business, as it is for a shell.
 */
must_check int caps_keep(uint64_t mask);
