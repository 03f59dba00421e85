/* SPDX-License-Identifier: MIT */
#pragma once
/* What the firmware process asks of its keeper, and how it shuts itself in. */
#include "base/why.h"
#include "machine/ram.h"

#include <stdbool.h>
#include <sys/types.h>

struct inside;

/*
 * Before the image is looked at: the last rights go. child is what the firmware may trace from now
 * on, resume what it keeps free for the next kernel's start.
 */
must_check int inside_confine(struct inside *inside, pid_t child, struct ram_range resume,
			      struct why *why);
/* Is this process in namespaces of its own, all that there are? */
bool inside_is_apart(const struct inside *inside);
/* The image is in its memory, and starts. */
void inside_starts(struct inside *inside);
/* Keys are to come one by one, unseen. */
void inside_want_keys(struct inside *inside);
/* The folder of a volume, which is mounted if it has not been: a descriptor. */
must_check int inside_volume(struct inside *inside, unsigned number, struct why *why);
