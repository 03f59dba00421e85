// SPDX-License-Identifier: MIT
#include "host/file.h"
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	FIRST_BYTES = 16 << 10,
	MAX_BYTES = 64 << 20,
	ROOM = 8 << 10, /* what /dev/kmsg wants to see free for its next record */
};

/* -ENAMETOOLONG rather than the wrong file. */
static int join(const char *root, const char *path, char full[static PATH_MAX])
{
	int n = snprintf(full, PATH_MAX, "%s%s", root, path);

	return n < PATH_MAX ? 0 : -ENAMETOOLONG;
}

static int open_below(const char *root, const char *path)
{
	char full[PATH_MAX];
	int r = join(root, path, full), fd;

	if (r < 0)
		return r;
	/* /dev/kmsg would wait for news at its end */
	fd = open(full, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

/* Twice the room, NUL included. */
static int grow(struct host_file *file, size_t *cap)
{
	size_t more = *cap ? *cap * 2 : FIRST_BYTES;
	char *text;

	if (more > MAX_BYTES)
		return -EFBIG;
	text = realloc(file->text, more);
	if (!text)
		return -ENOMEM;
	file->text = text;
	*cap = more;
	return 0;
}

/* Files of /proc have no size to ask for: read until there is no more. */
static int read_all(int fd, struct host_file *file)
{
	size_t cap = 0;
	ssize_t n;
	int r;

	for (;;) {
		if (cap - file->n_bytes <= ROOM) {
			r = grow(file, &cap);
			if (r < 0)
				return r;
		}
		n = read(fd, file->text + file->n_bytes, cap - file->n_bytes - 1);
		if (n < 0 && (errno == EINTR || errno == EPIPE)) /* EPIPE: records were lost */
			continue;
		if (n < 0 && errno != EAGAIN)
			return -errno;
		if (n <= 0)
			break;
		file->n_bytes += n;
	}
	file->text[file->n_bytes] = 0;
	return 0;
}

int host_file_read(const char *root, const char *path, struct host_file *ret_file)
{
	scoped_fd fd = open_below(root, path);
	struct host_file file = { NULL, 0 };
	int r;

	if (fd < 0)
		return fd;
	r = read_all(fd, &file);
	if (r < 0) {
		host_file_free(&file);
		return r;
	}
	*ret_file = file;
	return 0;
}

void host_file_free(struct host_file *file)
{
	free(file->text);
	*file = (struct host_file){ NULL, 0 };
}

int host_file_line(const char *root, const char *path, char *line, size_t cap)
{
	scoped_fd fd = open_below(root, path);
	ssize_t n;

	if (fd < 0)
		return fd;
	n = read(fd, line, cap - 1);
	if (n < 0)
		return -errno;
	line[n] = 0;
	line[strcspn(line, "\n")] = 0;
	return 0;
}

int host_file_number(const char *root, const char *path, int base, uint64_t *ret)
{
	char line[32], *end;
	uint64_t v;
	int r;

	r = host_file_line(root, path, line, sizeof(line));
	if (r < 0)
		return r;
	errno = 0;
	v = strtoull(line, &end, base);
	if (errno || end == line || *end || line[0] == '-')
		return -EBADMSG;
	*ret = v;
	return 0;
}

bool host_file_exists(const char *root, const char *path)
{
	char full[PATH_MAX];

	return join(root, path, full) == 0 && access(full, F_OK) == 0;
}

int host_file_link(const char *root, const char *path, char *target, size_t cap)
{
	char full[PATH_MAX];
	int r = join(root, path, full);
	ssize_t n;

	if (r < 0)
		return r;
	n = readlink(full, target, cap - 1);
	if (n < 0)
		return -errno;
	target[n] = 0;
	return 0;
}
