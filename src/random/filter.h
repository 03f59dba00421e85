/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Was a filter of system calls (seccomp) laid on this process before it began? What a
 * filter forbids cannot be found out by trying: the answer may be the process's end. So it
 * is read from /proc with calls that the dynamic loader has just made itself.
 */
#include "base/util.h"

/* Also when that cannot be told: there is no /proc. */
bool filter_seen(void);

/* The same of the text of a /proc/PID/status, or of its beginning; pure. */
bool filter_in_status(const char *text, bool whole);
