/* SPDX-License-Identifier: MIT */
#pragma once
/* Give up what is not needed once everything is open. */
#include "base/util.h"
#include "base/why.h"

/*
 * Another user, no file system, one capability, a dozen system calls. What is
 * left is RNDRESEEDCRNG, which the kernel ties to CAP_SYS_ADMIN, and no other
 * system call in the filter that the capability is good for.
 */
must_check int sandbox_enter(struct why *why);
