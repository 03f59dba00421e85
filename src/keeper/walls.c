// SPDX-License-Identifier: MIT
#include "keeper/walls.h"

#include <errno.h>

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
	if (wall == WALL_IDENTITY && error == -EOPNOTSUPP)
		why_set(ret_why, 0,
			"%s: this kind of file system (ramfs, NFS; tmpfs before Linux 6.3) cannot "
			"show its files as another user's",
			missing[wall]);
	else
		why_errno(ret_why, error, "%s", missing[wall]);
}
