// SPDX-License-Identifier: MIT
/* DIR/measured-ID: beside the record, and bound to it by the id, so that each may come first. */
#include "handover/record.h"
#include "base/fd.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#define PREFIX "measured-"

enum { MOST_BYTES = 4 << 20 };

static int open_dir(const char *dir)
{
	const int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int write_all(int fd, const uint8_t *p, size_t n)
{
	ssize_t done;

	for (; n; p += done, n -= (size_t)done) {
		done = write(fd, p, n);
		if (done <= 0)
			return done < 0 ? -errno : -EIO;
	}
	return 0;
}

int record_measured_write(const char *dir, const void *bytes, size_t n, char ret_id[static 40],
			  struct why *why)
{
	scoped_fd dir_fd = open_dir(dir);
	char name[64], id[40];
	scoped_fd fd = -1;
	uint64_t random;
	int r;

	if (dir_fd < 0)
		return why_errno(why, dir_fd, "%s", dir);
	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return why_errno(why, -errno, "getrandom");
	snprintf(id, sizeof(id), "%016" PRIx64, random);
	snprintf(name, sizeof(name), PREFIX "%s", id);
	fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	r = fd < 0 ? -errno : write_all(fd, bytes, n);
	if (r < 0) {
		if (fd >= 0)
			unlinkat(dir_fd, name, 0);
		return why_errno(why, r, "%s/%s", dir, name);
	}
	memcpy(ret_id, id, sizeof(id));
	return 0;
}

/* Root extends PCRs by it: it must have been root, or whoever asks, that wrote it. */
static bool is_ours(const struct stat *st)
{
	return S_ISREG(st->st_mode) && !(st->st_mode & 022) &&
	       (st->st_uid == 0 || st->st_uid == geteuid());
}

static int read_all(int fd, uint8_t **ret_bytes, size_t *ret_n)
{
	struct stat st;
	uint8_t *p;
	size_t n = 0;
	ssize_t got;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!is_ours(&st))
		return -EPERM;
	if (st.st_size <= 0 || st.st_size > MOST_BYTES)
		return -EBADMSG;
	p = malloc((size_t)st.st_size);
	if (!p)
		return -ENOMEM;
	while (n < (size_t)st.st_size && (got = read(fd, p + n, (size_t)st.st_size - n)) > 0)
		n += (size_t)got;
	if (n < (size_t)st.st_size) {
		free(p);
		return -EIO;
	}
	*ret_bytes = p;
	*ret_n = n;
	return 0;
}

int record_measured_read(const char *dir, const char *id, uint8_t **ret_bytes, size_t *ret_n,
			 struct why *why)
{
	scoped_fd dir_fd = open_dir(dir);
	scoped_fd fd = -1;
	char name[64];
	int r;

	if (dir_fd < 0)
		return why_errno(why, dir_fd, "%s", dir);
	snprintf(name, sizeof(name), PREFIX "%s", id);
	fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	r = fd < 0 ? -errno : read_all(fd, ret_bytes, ret_n);
	return r < 0 ? why_errno(why, r, "%s/%s", dir, name) : 0;
}

void record_measured_remove(const char *dir, const char *but_id)
{
	DIR *d = opendir(dir);
	const struct dirent *e;

	while (d && (e = readdir(d)))
		if (!strncmp(e->d_name, PREFIX, strlen(PREFIX)) &&
		    strcmp(e->d_name + strlen(PREFIX), but_id) != 0)
			unlinkat(dirfd(d), e->d_name, 0);
	if (d)
		closedir(d);
}
