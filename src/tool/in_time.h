/* SPDX-License-Identifier: MIT */
#pragma once
/* Something that may hang, for who cannot wait. */

/*
 * What work(context), a process of its own, returns, 0 to 255; -ETIMEDOUT: it was ended after so
 * many seconds, and no instruction of it or of one that it waited for comes any more; or another
 * negative errno.
 */
int done_in_time(int (*work)(const void *context), const void *context, unsigned seconds);
