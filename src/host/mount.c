// SPDX-License-Identifier: MIT
/* A mount that hangs in no tree, fsmount(2), of a loop device that cannot be written to. */
#include "host/mounts.h"
#include "base/fd.h"
#include "host/file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>

enum { MAX_TRIES = 64 }; /* for a loop device that nobody else has taken meanwhile */

/*
 * Does it lie on a disk, of what the kernel knows by now? The word for it comes from who looked at
 * the disk: "proc" is one, too.
 */
static bool is_of_disks(const char *type)
{
	scoped_host_file all = { 0 };
	const size_t n = strlen(type);

	if (host_file_read("", "/proc/filesystems", &all) < 0)
		return false;
	for (const char *line = all.text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (line[0] == '\t' && !strncmp(line + 1, type, n) && line[1 + n] == '\n')
			return true;
	}
	return false;
}

static int begin(const char *type)
{
	const char *driver = strcmp(type, "ntfs") ? type : "ntfs3";
	scoped_fd fd = fsopen(driver, FSOPEN_CLOEXEC);

	if (fd < 0)
		return -errno;
	/* what is a module the kernel knows from then on */
	return is_of_disks(driver) ? fd_take(&fd) : -ENODEV;
}

int mount_allowed(const char *type)
{
	scoped_fd fd = begin(type);

	return fd >= 0 ? 0 : fd == -EPERM ? -EPERM : -ENODEV;
}

static int try_loop(int control, const struct loop_config *config)
{
	const int n = ioctl(control, LOOP_CTL_GET_FREE);
	scoped_fd fd = -1;
	char path[32];

	if (n < 0)
		return -errno;
	snprintf(path, sizeof(path), "/dev/loop%d", n);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || ioctl(fd, LOOP_CONFIGURE, config) < 0)
		return -errno;
	return fd_take(&fd);
}

/*
 * A loop device even where the partition has a device of its own: a file system may write to that
 * although it is mounted read-only, and a driver that forgets to ask may too. To this one nobody
 * can. It goes when the last one closes it, and that is the mount.
 */
static int open_loop(const struct mount_source *source)
{
	const struct loop_config config = {
		.fd = (uint32_t)source->disk,
		.block_size = source->block_bytes,
		.info = {
			.lo_offset = source->offset,
			.lo_sizelimit = source->n_bytes,
			.lo_flags = LO_FLAGS_READ_ONLY | LO_FLAGS_AUTOCLEAR,
		},
	};
	scoped_fd control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	int r = -EBUSY;

	if (control < 0)
		return -errno;
	for (unsigned i = 0; i < MAX_TRIES && r == -EBUSY; i++)
		r = try_loop(control, &config);
	return r;
}

/* Journals stay as they are, for they could not be written back; names are UTF-8. */
static int set_options(int mount, const char *type)
{
	static const struct {
		const char *type, *key, *value;
	} options[] = {
		{ "ext3", "noload", NULL },	      { "ext4", "noload", NULL },
		{ "xfs", "norecovery", NULL },	      { "xfs", "nouuid", NULL },
		{ "btrfs", "rescue", "nologreplay" }, { "f2fs", "norecovery", NULL },
		{ "nilfs2", "norecovery", NULL },     { "vfat", "utf8", "1" },
	};
	int r = fsconfig(mount, FSCONFIG_SET_FLAG, "ro", NULL, 0);

	for (unsigned i = 0; i < ARRAY_SIZE(options) && r == 0; i++)
		if (!strcmp(type, options[i].type))
			r = fsconfig(mount,
				     options[i].value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG,
				     options[i].key, options[i].value, 0);
	return r < 0 ? -errno : 0;
}

static int create(int mount, const char *type, int loop)
{
	char path[32];
	int r = set_options(mount, type);

	snprintf(path, sizeof(path), "/proc/self/fd/%d", loop);
	if (r < 0)
		return r;
	if (fsconfig(mount, FSCONFIG_SET_STRING, "source", path, 0) < 0 ||
	    fsconfig(mount, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -errno;
	return 0;
}

int mount_read_only(const char *type, const struct mount_source *source, struct why *why)
{
	scoped_fd mount = begin(type), loop = open_loop(source);
	int r;

	if (loop < 0)
		return why_errno(why, loop, "no loop device");
	r = mount < 0 ? mount : create(mount, type, loop);
	if (r < 0)
		return why_errno(why, r, "the kernel cannot mount its %s", type);
	r = fsmount(mount, FSMOUNT_CLOEXEC,
		    MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	return r < 0 ? why_errno(why, -errno, "its %s", type) : r;
}
