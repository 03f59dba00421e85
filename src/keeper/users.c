// SPDX-License-Identifier: MIT
#include "keeper/users.h"
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	/* no distribution and no container manager gives these away (systemd's "Users, Groups,
	 * UIDs and GIDs") */
	FIRST_ID = 0x70000000,
	N_IDS = 1 << 27,
};

/*
 * By chance. A process number would do in one PID namespace only: in two containers it often
 * is the same.
 */
uid_t users_spare_id(void)
{
	uint32_t v;

	if (getrandom(&v, sizeof(v), GRND_NONBLOCK) != sizeof(v))
		v = (uint32_t)getpid();
	return FIRST_ID + v % N_IDS;
}

static int put(pid_t pid, const char *file, const char *text)
{
	char path[64];
	scoped_fd fd = -1;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		return -errno;
	return 0;
}

int users_set(pid_t pid, const struct users_map *map)
{
	char uids[64], gids[64];
	int r;

	snprintf(uids, sizeof(uids), "%u %u 1\n", map->uid_inside, map->uid_outside);
	snprintf(gids, sizeof(gids), "%u %u 1\n", map->gid_inside, map->gid_outside);
	r = put(pid, "uid_map", uids);
	/* who may not choose his groups may not drop any either: they could be there to bar him */
	if (r == 0 && geteuid() != 0)
		r = put(pid, "setgroups", "deny");
	return r < 0 ? r : put(pid, "gid_map", gids);
}

int users_open(const struct users_map *map)
{
	const pid_t pid = (pid_t)syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
	char path[64];
	int r;

	if (pid == 0)
		for (;;)
			pause();
	if (pid < 0)
		return -errno;
	r = users_set(pid, map);
	if (r == 0) {
		snprintf(path, sizeof(path), "/proc/%d/ns/user", pid);
		r = open(path, O_RDONLY | O_CLOEXEC);
		r = r < 0 ? -errno : r;
	}
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return r;
}
