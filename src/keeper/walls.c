// SPDX-License-Identifier: MIT
#include "keeper/walls.h"

static const char *const missing[N_WALLS] = {
	[WALL_USER] = "no user namespace of its own",
	[WALL_IDENTITY] = "no user ID of its own",
	[WALL_PROCESSES] = "no PID namespace of its own",
	[WALL_NETWORK] = "no network, IPC, UTS and cgroup namespaces of its own",
	[WALL_FILES] = "no empty root folder",
	[WALL_TREES] = "its folder trees are the host's own mounts",
	[WALL_LANDLOCK] = "no Landlock",
};

void wall_describe(enum wall wall, int error, struct why *ret_why)
{
	why_errno(ret_why, error, "%s", missing[wall]);
}
