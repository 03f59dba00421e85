/* SPDX-License-Identifier: MIT */
#pragma once
/* Mounts that hang in no tree: a folder of the host's, seen as another user and from nowhere else.
 */
#include "base/util.h"

#include <stdbool.h>
#include <sys/types.h>

/*
 * The mount that fd, a folder, lies on, cut out below it: a new O_PATH descriptor of the same
 * folder, above which there is nothing. users: a user namespace that says as whom its owners are
 * seen there, or -1. -EINVAL when its file system cannot be shown so.
 */
must_check int mount_cut(int fd, bool writable, int users);
/* Show a mount that hangs nowhere as users sees it; else it stays as it is. */
must_check int mount_show(int mount, int users);
/* The first one by path, for who has his rights in a namespace of his own; fd says which folder is
 * meant. */
must_check int mount_cut_path(const char *path, int fd, bool writable);

/*
 * An empty, read-only root folder in place of the one that this mount namespace has, but for
 * n folders "0", "1"... for others to mount something on.
 */
must_check int mount_empty_root(unsigned n);

/* Hang mount, which hangs nowhere, on folder number of the root of process pid's; as root. */
must_check int mount_hang(int mount, pid_t pid, unsigned number);
