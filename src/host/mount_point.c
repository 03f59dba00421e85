// SPDX-License-Identifier: MIT
/* /proc/self/mountinfo, see proc(5), and what sysfs says block devices are made of. */
#include "host/mounts.h"
#include "base/bytes.h"
#include "host/file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

enum {
	SECTOR_BYTES = 512, /* what sysfs counts in, whatever the disk's blocks are */
	MAX_DEPTH = 8,	    /* of partitions on loop devices on partitions */
};

/* The disk that a partition with this folder is one of. */
static int read_disk(const char *root, const char *folder, dev_t *ret)
{
	char path[PATH_MAX], line[32];
	unsigned major, minor;
	int r;

	snprintf(path, sizeof(path), "%s/../dev", folder);
	r = host_file_line(root, path, line, sizeof(line));
	if (r < 0)
		return r;
	if (sscanf(line, "%u:%u", &major, &minor) != 2)
		return -EBADMSG;
	*ret = makedev(major, minor);
	return 0;
}

static int read_number(const char *root, const char *folder, const char *name, uint64_t *ret)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return host_file_number(root, path, 10, ret);
}

/* The file that a loop device shows. */
static int read_backing(const char *root, const char *folder, struct stat *ret)
{
	char path[PATH_MAX], name[PATH_MAX], full[2 * PATH_MAX];
	int r;

	snprintf(path, sizeof(path), "%s/loop/backing_file", folder);
	r = host_file_line(root, path, name, sizeof(name));
	if (r < 0)
		return r;
	snprintf(full, sizeof(full), "%s%s", root, name);
	return stat(full, ret) < 0 ? -errno : 0;
}

/* One step down: the device or file that a device is a piece of, and from which byte on. */
static int step_down(const char *root, struct stat *inout_what, uint64_t *inout_offset)
{
	char folder[64];
	uint64_t start;

	snprintf(folder, sizeof(folder), "/sys/dev/block/%u:%u", major(inout_what->st_rdev),
		 minor(inout_what->st_rdev));
	if (read_number(root, folder, "partition", &start) == 0 &&
	    read_number(root, folder, "start", &start) == 0 &&
	    read_disk(root, folder, &inout_what->st_rdev) == 0) {
		*inout_offset += start * SECTOR_BYTES;
		return 0;
	}
	if (read_number(root, folder, "loop/offset", &start) < 0)
		return -ENOENT;
	*inout_offset += start;
	return read_backing(root, folder, inout_what);
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	if (S_ISBLK(a->st_mode) || S_ISBLK(b->st_mode))
		return S_ISBLK(a->st_mode) && S_ISBLK(b->st_mode) && a->st_rdev == b->st_rdev;
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static bool lies_at(const char *root, dev_t device, const struct stat *disk, uint64_t offset)
{
	struct stat what = { .st_mode = S_IFBLK, .st_rdev = device };
	uint64_t at = 0;

	for (unsigned depth = 0; depth < MAX_DEPTH; depth++) {
		if (is_same(&what, disk))
			return at == offset;
		if (!S_ISBLK(what.st_mode) || step_down(root, &what, &at) < 0)
			return false;
	}
	return false;
}

/* Blanks and the like stand there as a backslash and three octal digits. */
static void unescape(const char *from, size_t n, char to[static PATH_MAX])
{
	unsigned c;

	for (size_t i = 0; i < n; to++) {
		if (from[i] == '\\' && n - i > 3 && sscanf(from + i + 1, "%3o", &c) == 1) {
			*to = (char)c;
			i += 4;
		} else {
			*to = from[i++];
		}
	}
	*to = '\0';
}

/* Number, parent, device, root, mount point: only those where the root is the file system's. */
static bool parse(const char *line, dev_t *ret_device, char ret_path[static PATH_MAX])
{
	unsigned major, minor;
	int at = 0;
	size_t n;

	if (sscanf(line, "%*u %*u %u:%u %n", &major, &minor, &at) != 2 || !at ||
	    strncmp(line + at, "/ ", 2))
		return false;
	at += 2;
	n = strcspn(line + at, " \n");
	if (n == 0 || n >= PATH_MAX)
		return false;
	unescape(line + at, n, ret_path);
	*ret_device = makedev(major, minor);
	return true;
}

int mount_point_find(const char *root, const struct stat *disk, uint64_t offset, unsigned skip,
		     char ret_path[static PATH_MAX], dev_t *ret_device)
{
	scoped_host_file mounts = { 0 };
	char path[PATH_MAX];
	dev_t device;
	int r = host_file_read(root, "/proc/self/mountinfo", &mounts);

	if (r < 0)
		return r;
	for (const char *line = mounts.text; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!parse(line, &device, path) || !lies_at(root, device, disk, offset) ||
		    skip-- > 0)
			continue;
		memcpy(ret_path, path, strlen(path) + 1);
		*ret_device = device;
		return 0;
	}
	return -ENOENT;
}
