/* SPDX-License-Identifier: MIT */
#pragma once
/* Which calls a trace shows, in words as strace(1) has them. */
#include "base/why.h"
#include "firmware/core/groups.h"

/*
 * text is words with commas between them, each a class, a protocol or a service; "!" in front means
 * all others. Marks the services that are meant, by their place among those of all groups; shown
 * may be NULL. -EINVAL for a word that is none.
 */
must_check int filter_read(const struct groups *groups, const char *text, bool *shown,
			   struct why *why);
