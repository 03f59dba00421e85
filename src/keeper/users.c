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
	if (r == 0 && map->keeps_groups)
		r = put(pid, "setgroups", "deny");
	return r < 0 ? r : put(pid, "gid_map", gids);
}

/* Somebody has to be in a namespace while it is set up; he leaves when we do, however we do. */
static _Noreturn void stay(const int end[static 2])
{
	char byte;

	close(end[1]);
	while (read(end[0], &byte, 1) < 0 && errno == EINTR)
		;
	_exit(0);
}

static int open_of(pid_t pid, const struct users_map *map)
{
	char path[64];
	int r = users_set(pid, map);

	if (r < 0)
		return r;
	snprintf(path, sizeof(path), "/proc/%d/ns/user", pid);
	r = open(path, O_RDONLY | O_CLOEXEC);
	return r < 0 ? -errno : r;
}

int users_open(const struct users_map *map)
{
	int end[2], r;
	pid_t pid;

	if (pipe2(end, O_CLOEXEC) < 0)
		return -errno;
	pid = (pid_t)syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
	if (pid == 0)
		stay(end);
	r = pid < 0 ? -errno : open_of(pid, map);
	close(end[0]);
	close(end[1]);
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return r;
}

/* A child finds out. */
bool users_may_become(uid_t uid, gid_t gid)
{
	const pid_t pid = fork();
	int status = 0;

	if (pid == 0)
		_exit(syscall(SYS_setgroups, 0, NULL) == 0 &&
				      syscall(SYS_setresgid, gid, gid, gid) == 0 &&
				      syscall(SYS_setresuid, uid, uid, uid) == 0
			      ? 0
			      : 1);
	while (pid > 0 && waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return false;
	return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}
