/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * What a firmware has beside boot and runtime services comes in parts, each with its protocols
 * and its own state. Core opens them in order, closes them in the opposite one, and knows none
 * by name: a firmware without a console is one that was given no such part.
 */
#include "base/util.h"
#include "firmware/core/service.h"

#include <stddef.h>

struct why;

enum { MAX_PARTS = 24, PART_GROUPS = 4 };

struct part {
	const struct service_group *groups[PART_GROUPS]; /* up to a NULL, if there are fewer */
	size_t state_bytes;				 /* of each firmware, all 0 to begin with */
	int (*open)(struct firmware *fw, struct why *why); /* 0 or a negative errno; may be NULL */
	void (*close)(struct firmware *fw); /* also when open() has failed; may be NULL */
};

struct parts {
	const struct part *part[MAX_PARTS]; /* up to a NULL, if there are fewer */
};

/* state_bytes of the part's own, NULL when it is none of this firmware's. */
void *part_state(const struct firmware *fw, const struct part *part);

must_check int parts_open(struct firmware *fw, struct why *why);
void parts_close(struct firmware *fw);

/* Parts of core's own, for who puts a firmware together to list among the others. */
extern const struct part part_rng, part_seed, part_memory_attribute;
