// SPDX-License-Identifier: MIT
/* What --disk names: a block device or a file that holds a disk's bytes. */
#include "base/fd.h"
#include "tool/input.h"
#include "tool/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_BLOCK_BYTES = 512 };

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
static int measure(struct boot *b, int fd, struct firmware_disk *d)
{
	struct stat st;
	int block;

	if (fstat(fd, &st) < 0)
		return why_errno(&b->why, -errno, "%s", d->name);
	if (S_ISREG(st.st_mode)) {
		d->n_bytes = (uint64_t)st.st_size;
		d->block_bytes = FILE_BLOCK_BYTES;
		return 0;
	}
	if (!S_ISBLK(st.st_mode))
		return why_set(&b->why, -EINVAL, "%s: is neither a file nor a block device",
			       d->name);
	if (ioctl(fd, BLKGETSIZE64, &d->n_bytes) < 0 || ioctl(fd, BLKSSZGET, &block) < 0)
		return why_errno(&b->why, -errno, "%s", d->name);
	d->block_bytes = (uint32_t)block;
	return 0;
}

static int open_disk(struct boot *b, unsigned i)
{
	const bool writable = b->options->disk_writable;
	struct firmware_disk *d = &b->disk[i];
	scoped_fd fd =
		open(b->options->disk[i], (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NONBLOCK);
	int r;

	if (fd < 0)
		return why_errno(&b->why, -errno, "%s", b->options->disk[i]);
	d->name = b->options->disk[i];
	r = measure(b, fd, d);
	if (r < 0)
		return r;
	b->disk_fd[i] = fd_take(&fd);
	d->context = &b->disk_fd[i];
	d->read = input_read_at;
	d->write = writable ? disk_write : NULL;
	return 0;
}

int boot_open_disks(struct boot *b)
{
	int r = 0;

	for (unsigned i = 0; i < b->options->n_disks && r == 0; i++)
		r = open_disk(b, i);
	return r;
}

void boot_close_disks(struct boot *b)
{
	for (unsigned i = 0; i < MAX_DISKS; i++)
		fd_close(&b->disk_fd[i]);
}
