// SPDX-License-Identifier: MIT
/* What --disk names: a block device or a file that holds a disk's bytes. */
#include "boot/disk.h"
#include "base/fd.h"
#include "boot/disk_look.h"
#include "boot/input.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { FILE_BLOCK_BYTES = 512, LARGE_BLOCK_BYTES = 4096 };

static_assert((int)PARTITION_SCHEME_MBR == FIRMWARE_SCHEME_MBR &&
		      (int)PARTITION_SCHEME_GPT == FIRMWARE_SCHEME_GPT,
	      "schemes");

static int disk_write(void *context, uint64_t offset, const void *buf, size_t n)
{
	const int fd = *(int *)context;
	const uint8_t *p = buf;
	ssize_t put;

	while (n) {
		put = pwrite(fd, p, n, (off_t)offset);
		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return put < 0 ? -errno : -EIO;
		p += put;
		offset += (uint64_t)put;
		n -= (size_t)put;
	}
	return 0;
}

/* How large it is, and in which blocks. */
static int measure(int fd, struct firmware_disk *d, struct why *why)
{
	struct stat st;
	int block;

	if (fstat(fd, &st) < 0)
		return why_errno(why, -errno, "%s", d->name);
	if (S_ISREG(st.st_mode)) {
		d->n_bytes = (uint64_t)st.st_size;
		d->block_bytes = FILE_BLOCK_BYTES;
		return 0;
	}
	if (!S_ISBLK(st.st_mode))
		return why_set(why, -EINVAL, "%s: is neither a file nor a block device", d->name);
	if (ioctl(fd, BLKGETSIZE64, &d->n_bytes) < 0 || ioctl(fd, BLKSSZGET, &block) < 0)
		return why_errno(why, -errno, "%s", d->name);
	d->block_bytes = (uint32_t)block;
	return 0;
}

/* A file does not say how large the blocks were on the disk that it is of: its table does. */
static int read_table(int fd, struct firmware_disk *d, struct partition_table *table,
		      struct why *why)
{
	int r = look_table(fd, d->block_bytes, table, why);
	struct stat st;

	if (r < 0 || table->scheme != PARTITION_SCHEME_NONE || fstat(fd, &st) < 0 ||
	    !S_ISREG(st.st_mode))
		return r;
	r = look_table(fd, LARGE_BLOCK_BYTES, table, why);
	if (r == 0 && table->scheme != PARTITION_SCHEME_NONE)
		d->block_bytes = LARGE_BLOCK_BYTES;
	return r;
}

/* What the firmware is told of the table; the list is for the caller to free. */
static struct firmware_partition *describe(const struct partition_table *table)
{
	struct firmware_partition *list = calloc(table->n + 1, sizeof(*list));

	for (unsigned i = 0; list && i < table->n; i++) {
		const struct partition *p = &table->partition[i];

		list[i] = (struct firmware_partition){
			.number = p->number,
			.start = p->start,
			.n_blocks = p->n_blocks,
			.is_esp = partition_is_esp(table->scheme, p),
		};
		memcpy(list[i].id, p->id, sizeof(list[i].id));
	}
	return list;
}

static int find_partitions(struct disk_set *set, unsigned i, int fd, struct why *why)
{
	struct firmware_disk *d = &set->disk[i];
	struct partition_table table;
	struct why inner;
	int r;

	r = read_table(fd, d, &table, &inner);
	if (r < 0)
		return why_set(why, r, "%s: %s", d->name, inner.text);
	set->partitions[i] = describe(&table);
	d->scheme = (enum firmware_scheme)table.scheme;
	d->partition = set->partitions[i];
	d->n_partitions = set->partitions[i] ? table.n : 0;
	return set->partitions[i] ? 0 : why_errno(why, -ENOMEM, "%s", d->name);
}

/*
 * What somebody has mounted, swaps to, or made a volume of must not change below its kernel: that
 * is what O_EXCL without O_CREAT asks of a block device, open(2).
 */
static int open_flags(const struct disk_set *set, const char *path)
{
	struct stat st;
	const int flags = (set->writable ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NONBLOCK;

	return set->writable && !set->forced && stat(path, &st) == 0 && S_ISBLK(st.st_mode)
		       ? flags | O_EXCL
		       : flags;
}

static int open_disk(struct disk_set *set, unsigned i, const char *path, struct why *why)
{
	struct firmware_disk *d = &set->disk[i];
	scoped_fd fd = open(path, open_flags(set, path));
	int r;

	if (fd < 0 && errno == EBUSY)
		return why_set(
			why, -EBUSY,
			"%s: is in use (mounted, or part of a volume), and what the image writes "
			"would damage it: --disk-writable=force allows it",
			path);
	if (fd < 0)
		return why_errno(why, -errno, "%s", path);
	d->name = path;
	r = measure(fd, d, why);
	if (r == 0)
		r = find_partitions(set, i, fd, why);
	if (r < 0)
		return r;
	set->fd[i] = fd_take(&fd);
	d->context = &set->fd[i];
	d->read = input_read_at;
	d->write = set->writable ? disk_write : NULL;
	return 0;
}

int disk_set_open(const char *const *path, unsigned n, bool writable, bool forced,
		  struct disk_set *set, struct why *why)
{
	int r = 0;

	set->writable = writable;
	set->forced = forced;
	for (unsigned i = 0; i < n && r == 0; i++) {
		set->fd[i] = -1;
		set->n = i + 1;
		r = open_disk(set, i, path[i], why);
	}
	return r;
}

static void add_found(struct disk_set *set, const struct disk_name *name,
		      void (*note)(const char *fmt, ...))
{
	const unsigned i = set->n;
	struct why why = { "" };

	for (unsigned k = 0; k < i; k++)
		if (!strcmp(set->name[k].path, name->path))
			return;
	if (i == MAX_DISKS) {
		why_set(&why, -E2BIG, "%s: %d disks are offered before it", name->path, MAX_DISKS);
	} else {
		set->name[i] = *name;
		set->fd[i] = -1;
		if (open_disk(set, i, set->name[i].path, &why) == 0)
			set->n++;
	}
	if (why.text[0] && note)
		note("not offered: %s", why.text);
}

/* The block device of the file system that fd is the root of; false: of none that has one. */
static bool device_of_root(int fd, dev_t *ret_device)
{
	const uint64_t root = STATX_ATTR_MOUNT_ROOT;
	struct statx st;

	if (statx(fd, "", AT_EMPTY_PATH, STATX_TYPE, &st) < 0 ||
	    !(st.stx_attributes & st.stx_attributes_mask & root))
		return false;
	*ret_device = makedev(st.stx_dev_major, st.stx_dev_minor);
	return true;
}

void disk_set_find(int folder, bool all, struct disk_set *set, void (*note)(const char *fmt, ...))
{
	struct disk_name name[MAX_DISKS + 1];
	unsigned n;
	dev_t device;

	set->found = true;
	if (device_of_root(folder, &device) &&
	    disk_find("", major(device), minor(device), name) == 0)
		add_found(set, name, note);
	n = all ? disks_list("", name, ARRAY_SIZE(name)) : 0;
	for (unsigned i = 0; i < n && i < ARRAY_SIZE(name); i++)
		add_found(set, &name[i], note);
}

void disk_set_close(struct disk_set *set)
{
	volumes_free(set->volumes);
	for (unsigned i = 0; i < set->n; i++) {
		fd_close(&set->fd[i]);
		free(set->partitions[i]);
	}
	*set = (struct disk_set){ 0 };
}
