/* SPDX-License-Identifier: MIT */
#pragma once
/* What stands between the firmware process and the machine, and what a host may forbid of it. */
#include "base/why.h"

#include <stdbool.h>

/* Those that can be missing. What is not here stands everywhere, or nothing runs. */
enum wall {
	WALL_USER,     /* a user namespace: what it can do in there it can do nowhere else */
	WALL_IDENTITY, /* a user ID that nobody else has; a user who is not root has none to give */
	WALL_PROCESSES, /* a PID namespace: it sees nobody to do something to, and nobody outlives
			   it */
	WALL_NETWORK,	/* network, IPC, UTS and cgroup namespaces */
	WALL_FILES,	/* an empty root folder */
	WALL_TREES,	/* its folder trees are mounts of its own, above which there is nothing */
	WALL_LANDLOCK,	/* the kernel lets it open files below its trees and none else */
	N_WALLS,
};

struct walls {
	int error[N_WALLS]; /* 0: it stands; else the negative errno of what refused it */
};

/* In words: "no user namespace of its own: Operation not permitted". */
void wall_describe(enum wall wall, int error, struct why *ret_why);

static inline bool walls_all(const struct walls *walls)
{
	for (unsigned i = 0; i < N_WALLS; i++)
		if (walls->error[i])
			return false;
	return true;
}
