/* SPDX-License-Identifier: MIT */
#pragma once
/* User namespaces: who somebody in one is outside of it. */
#include "base/util.h"

#include <stdbool.h>
#include <sys/types.h>

/* A user and his group, as seen from inside of a namespace and from outside. */
struct users_map {
	uid_t uid_inside, uid_outside;
	gid_t gid_inside, gid_outside;
	/* Who may not choose his groups may not drop any either: they could be there to bar him. */
	bool keeps_groups;
};

/* May this process become somebody else? Who is root in a container may not, perhaps. */
bool users_may_become(uid_t uid, gid_t gid);

/* Of process pid, which has just made its own and nobody else in it. */
must_check int users_set(pid_t pid, const struct users_map *map);

/* An ID that nobody has, not even another one that runs at the same time. */
uid_t users_spare_id(void);

/* A namespace with this map that no process is in: a descriptor for mount_cut(). */
must_check int users_open(const struct users_map *map);
