// SPDX-License-Identifier: MIT
#include "keeper/mounts.h"
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * flags: AT_RECURSIVE for what else is mounted in it too. Of a mount that hangs nowhere, as all of
 * these, the kernel says EINVAL where its kind of file system shows files as nobody else's.
 */
static int set_attributes(int mount, unsigned flags, bool writable, int users)
{
	const struct mount_attr attr = {
		.attr_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC |
			    (writable ? 0 : MOUNT_ATTR_RDONLY) |
			    (users >= 0 ? MOUNT_ATTR_IDMAP : 0),
		.userns_fd = users >= 0 ? (uint64_t)users : 0,
	};

	if (mount_setattr(mount, "", AT_EMPTY_PATH | flags, (struct mount_attr *)&attr,
			  sizeof(attr)) == 0)
		return 0;
	return users >= 0 && errno == EINVAL ? -EOPNOTSUPP : -errno;
}

int mount_cut(int fd, bool writable, int users)
{
	scoped_fd mount = open_tree(fd, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	int r = mount < 0 ? -errno : set_attributes(mount, 0, writable, users);

	return r < 0 ? r : fd_take(&mount);
}

int mount_show(int mount, int users)
{
	return set_attributes(mount, 0, false, users);
}

static bool is_same(int a, int b)
{
	struct stat x, y;

	return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_dev == y.st_dev &&
	       x.st_ino == y.st_ino;
}

int mount_cut_path(const char *path, int fd, bool writable)
{
	const unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC;
	scoped_fd mount = open_tree(AT_FDCWD, path, flags);
	int r;

	/* where others are mounted in it, a user may have it with them or not at all */
	if (mount < 0 && errno == EINVAL)
		mount = open_tree(AT_FDCWD, path, flags | AT_RECURSIVE);
	if (mount < 0)
		return -errno;
	if (!is_same(mount, fd))
		return -ESTALE;
	r = set_attributes(mount, AT_RECURSIVE, writable, -1);
	return r < 0 ? r : fd_take(&mount);
}

static int make_empty(unsigned n)
{
	scoped_fd fs = fsopen("tmpfs", FSOPEN_CLOEXEC), mount = -1;
	const struct mount_attr read_only = { .attr_set = MOUNT_ATTR_RDONLY };
	char name[16];

	if (fs < 0 || fsconfig(fs, FSCONFIG_SET_STRING, "mode", "0555", 0) < 0 ||
	    fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -errno;
	mount = fsmount(fs, FSMOUNT_CLOEXEC,
			MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	if (mount < 0)
		return -errno;
	for (unsigned i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "%u", i);
		if (mkdirat(mount, name, 0555) < 0)
			return -errno;
	}
	if (mount_setattr(mount, "", AT_EMPTY_PATH, (struct mount_attr *)&read_only,
			  sizeof(read_only)) < 0)
		return -errno;
	return fd_take(&mount);
}

int mount_empty_root(unsigned n)
{
	scoped_fd mount = make_empty(n);

	if (mount < 0)
		return mount;
	if (syscall(SYS_mount, NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    move_mount(mount, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) < 0 || fchdir(mount) < 0)
		return -errno;
	if (syscall(SYS_pivot_root, ".", ".") == 0)
		/* both are on / now, the old one on top */
		return umount2(".", MNT_DETACH) < 0 ? -errno : 0;
	/* the first root of all, where an initrd runs, cannot be left: then it lies below */
	return chroot(".") < 0 ? -errno : 0;
}

/* In a child, since a mount namespace that was left cannot always be entered again. */
static int hang(int mount, pid_t pid, unsigned number)
{
	char path[64];
	scoped_fd spaces = -1;

	snprintf(path, sizeof(path), "/proc/%d/ns/mnt", pid);
	spaces = open(path, O_RDONLY | O_CLOEXEC);
	if (spaces < 0 || setns(spaces, CLONE_NEWNS) < 0)
		return -errno;
	snprintf(path, sizeof(path), "/%u", number);
	return move_mount(mount, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH) < 0 ? -errno : 0;
}

int mount_hang(int mount, pid_t pid, unsigned number)
{
	const pid_t child = fork();
	int status;

	if (child == 0)
		_exit(-hang(mount, pid, number));
	if (child < 0)
		return -errno;
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EIO;
}
