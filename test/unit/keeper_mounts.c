// SPDX-License-Identifier: MIT
/* What a tree's mount lets through, and that making one leaves nobody behind. */
#include "keeper/mounts.h"
#include "keeper/users.h"
#include "keeper/walls.h"
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOBODY = 65534 };

static char tree[64]; /* a folder, and one below it on which something else is mounted */

static void put(const char *path, const char *text)
{
	const int fd = open(path, O_WRONLY | O_CLOEXEC);

	require(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

static bool make_tree(void)
{
	char below[80];

	if (unshare(CLONE_NEWNS) < 0)
		return false;
	require(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
	require(mount("none", tree, "tmpfs", 0, "mode=0777") == 0);
	snprintf(below, sizeof(below), "%s/below", tree);
	require(mkdir(below, 0755) == 0 && mount("none", below, "tmpfs", 0, "mode=0777") == 0);
	return true;
}

/* As a user: the mount can be changed in his own namespace only. */
static bool become_user(void)
{
	require(setgroups(0, NULL) == 0 && setresgid(NOBODY, NOBODY, NOBODY) == 0 &&
		setresuid(NOBODY, NOBODY, NOBODY) == 0);
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		return false;
	put("/proc/self/setgroups", "deny");
	put("/proc/self/uid_map", "0 65534 1\n");
	put("/proc/self/gid_map", "0 65534 1\n");
	return true;
}

static int create(int at, const char *name)
{
	return openat(at, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) < 0 ? errno : 0;
}

static void check_cut(bool writable)
{
	const int fd = open(tree, O_PATH | O_DIRECTORY | O_CLOEXEC);
	const int cut = mount_cut_path(tree, fd, writable);
	const int below = openat(cut, "below", O_PATH | O_DIRECTORY | O_CLOEXEC);
	const unsigned long wanted = ST_NOSUID | ST_NOEXEC | ST_NODEV;
	struct statvfs st;

	require(cut >= 0 && below >= 0);
	check(create(cut, "new") == (writable ? 0 : EROFS));
	check(create(below, "new") == (writable ? 0 : EROFS));
	require(fstatvfs(below, &st) == 0);
	check_msg((st.f_flag & wanted) == wanted, "what is mounted below it is like it: %#lx",
		  st.f_flag);
}

/* What an initramfs lies in belongs to who it belongs to, however it is shown; and that is said. */
static void check_kind(void)
{
	const struct users_map map = { .uid_outside = NOBODY, .gid_outside = NOBODY };
	const int users = users_open(&map);
	struct why why;
	int fd, cut;

	if (users < 0)
		return;
	require(mount("none", tree, "ramfs", 0, "mode=0777") == 0);
	fd = open(tree, O_PATH | O_DIRECTORY | O_CLOEXEC);
	require(fd >= 0);
	cut = mount_cut(fd, false, users);
	check_msg(cut >= 0 || cut == -EOPNOTSUPP, "a kernel does not show ramfs so, or says why");
	wall_describe(WALL_IDENTITY, -EOPNOTSUPP, &why);
	check(strstr(why.text, "this kind of file system"));
	wall_describe(WALL_IDENTITY, -EPERM, &why);
	check(strstr(why.text, ": Operation not permitted"));
	close(fd);
	close(users);
	require(umount2(tree, MNT_DETACH) == 0);
}

static void test_what_lies_below(void)
{
	bool made;

	if (geteuid() != 0) {
		skip("only root can mount something for a user to find");
		return;
	}
	made = make_tree();
	if (made)
		check_kind();
	if (!made || !become_user()) {
		skip("this host allows no mount or user namespaces");
	} else {
		check_cut(true);
		check_cut(false);
	}
}

/* Killed at some moment of it: who is in the namespace that it makes goes too. */
static void test_killed(void)
{
	enum { ROUNDS = 60 };
	const struct users_map map = { 0, geteuid(), 0, getegid(), .keeps_groups = geteuid() != 0 };
	bool left = false;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	for (unsigned i = 0; i < ROUNDS && !left; i++) {
		const pid_t pid = fork();
		pid_t r = 0;

		while (pid == 0) {
			const int fd = users_open(&map);

			if (fd >= 0)
				close(fd);
		}
		require(pid > 0);
		usleep(1000 + i * 97);
		kill(pid, SIGKILL);
		for (unsigned tries = 0; tries < 1000 && r >= 0; tries++) {
			r = waitpid(-1, NULL, WNOHANG);
			if (r == 0)
				usleep(10000);
		}
		left |= r >= 0;
	}
	if (users_open(&map) < 0)
		skip("this host allows no user namespaces");
	else
		check_msg(!left, "with its maker it goes");
}

/* The folder is removed by who has not left for another namespace. */
int main(void)
{
	int status;
	pid_t pid;

	snprintf(tree, sizeof(tree), "/tmp/keeper-mounts-XXXXXX");
	require(mkdtemp(tree) != NULL);
	pid = fork();
	if (pid == 0) {
		test_killed();
		test_what_lies_below();
		exit(tap_done());
	}
	status = pid < 0 || waitpid(pid, &status, 0) != pid ? -1 : status;
	rmdir(tree);
	return !WIFEXITED(status) || WEXITSTATUS(status);
}
