/* SPDX-License-Identifier: MIT */
#pragma once
#include "base/util.h"

/*
 * Give up every capability, in all sets and for good, whatever user we are. System calls only, so
 * that a child of a process with threads may call it. 0 or a negative errno.
 */
must_check int caps_drop(void);
