/* SPDX-License-Identifier: MIT */
#pragma once
/* The firmware process, from its first instruction on: it gives up what it could do. */
#include "keeper/channel.h"
#include "keeper/keeper.h"
#include "keeper/limits.h"

enum { CONFINE_PATH_BYTES = 4096 };

struct inside {
	const struct keeper_config *config;
	int channel, result; /* descriptors: to ask the keeper, and to report to it */
	struct go go;
	/* where each tree is, for who cannot cut it out by its descriptor; or none */
	char (*path)[CONFINE_PATH_BYTES];
	struct walls walls;
	struct memory_use used; /* at the beginning */
	int last_given_fd;	/* none above it that it has not opened itself */
};

/*
 * All that does not depend on the payload, which is yet to be made: identity, files, descriptors,
 * capabilities. Walls that the host forbids are noted; what may not be missing fails.
 */
must_check int confine_enter(struct inside *inside, struct why *why);
