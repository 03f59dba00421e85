/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Why something failed, in words. A layer below tool/ never prints: it fills
 * one of these and returns a negative errno; the tool prints the one line.
 */
#include "base/util.h"

struct why {
	char text[256];
};

/*
 * Write the reason into why (which may be NULL) and return r, so that saying
 * and returning are one line.
 */
int why_set(struct why *why, int r, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* The same, with ": <what errno -r means>" behind the text. */
int why_errno(struct why *why, int r, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/*
 * A reason that somebody else has written: made such that it can be shown, with question marks for
 * what is no UTF-8 and for what a terminal would obey. False when it has no end.
 */
bool why_clean(struct why *why);

/* That what it has answered cannot be. does: what it does with what it was given, "parses". */
int why_impossible(struct why *why, const char *does);
