// SPDX-License-Identifier: MIT
#include "boot/input.h"
#include "base/fd.h"
#include "base/memfd.h"
#include "host/kernel.h"
#include "pe/setup_header.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int input_open(const char *path, int *ret_fd, uint64_t *ret_bytes, struct why *why)
{
	/* O_NONBLOCK: a pipe nobody writes to is refused, not waited for */
	scoped_fd fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return why_errno(why, -errno, "%s", path);
	if (!S_ISREG(st.st_mode))
		return why_set(why, -EINVAL, "%s: is not a regular file", path);
	if (st.st_size == 0)
		return why_set(why, -EINVAL, "%s: is empty", path);
	*ret_bytes = (uint64_t)st.st_size;
	*ret_fd = fd_take(&fd);
	return 0;
}

int input_read_at(void *fd, uint64_t offset, void *buf, size_t n)
{
	uint8_t *p = buf;
	ssize_t got;

	while (n) {
		got = pread(*(int *)fd, p, n, (off_t)offset);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			return -EIO;
		p += got;
		offset += (uint64_t)got;
		n -= (size_t)got;
	}
	return 0;
}

/*
 * Of a file that does not begin as an image or as a kernel of the x86 boot protocol, the head is
 * enough to say so: a disk of gigabytes that was taken for one is not read for that.
 */
enum { HEAD_BYTES = 4096 };

static uint64_t worth_reading(int fd, uint64_t n)
{
	uint8_t head[SETUP_MAGIC_END];

	if (n <= HEAD_BYTES || input_read_at(&fd, 0, head, sizeof(head)) < 0)
		return n;
	return memcmp(head, "MZ", 2) == 0 ||
			       setup_header_is_in((struct bytes){ head, sizeof(head) })
		       ? n
		       : HEAD_BYTES;
}

static int check_size(const char *path, uint64_t n, uint64_t most, struct why *why)
{
	return n <= most ? 0
			 : why_set(why, -EFBIG,
				   "%s: has %" PRIu64 " MiB, more than the %" PRIu64
				   " MiB it may have",
				   path, n >> 20, most >> 20);
}

/* May it have so many, and are they there? */
static int check_room(const char *path, uint64_t n, uint64_t most, struct why *why)
{
	const int r = check_size(path, n, most, why);

	if (r < 0)
		return r;
	return n <= host_spare_ram("")
		       ? 0
		       : why_set(why, -ENOMEM,
				 "%s: %" PRIu64 " MiB of memory needed, %" PRIu64 " MiB free", path,
				 n >> 20, host_spare_ram("") >> 20);
}

/* n bytes of fd, the file at path. */
static int read_bytes(int fd, const char *path, uint64_t n, uint64_t most, struct bytes *ret_file,
		      struct why *why)
{
	int r = check_room(path, n, most, why);
	uint8_t *p;

	if (r < 0)
		return r;
	p = malloc(n);
	r = p ? input_read_at(&fd, 0, p, n) : -ENOMEM;
	if (r < 0) {
		free(p);
		return why_errno(why, r, "%s", path);
	}
	*ret_file = (struct bytes){ p, n };
	return 0;
}

int input_read(const char *path, uint64_t most, struct bytes *ret_file, struct why *why)
{
	scoped_fd fd = -1;
	uint64_t n;
	int r = input_open(path, &fd, &n, why);

	return r < 0 ? r : read_bytes(fd, path, n, most, ret_file, why);
}

/* A copy of it that nobody can write to, not even we. */
static int read_sealed(int fd, uint64_t n, struct bytes *ret_file)
{
	scoped_fd copy = memfd_open("image");
	int r = copy < 0 ? copy : ftruncate(copy, (off_t)n) < 0 ? -errno : 0;
	void *p;

	if (r < 0)
		return r;
	p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED, copy, 0);
	if (p == MAP_FAILED)
		return -errno;
	r = input_read_at(&fd, 0, p, n);
	munmap(p, n);
	/* it is the copy's page that was not to be had */
	r = r == -EFAULT ? -ENOMEM : r;
	if (r == 0)
		r = memfd_seal(copy);
	if (r < 0)
		return r;
	p = mmap(NULL, n, PROT_READ, MAP_PRIVATE, copy, 0);
	if (p == MAP_FAILED)
		return -errno;
	*ret_file = (struct bytes){ p, n };
	return 0;
}

int input_seal_image(const char *path, uint64_t most, struct bytes *ret_file, struct why *why)
{
	scoped_fd fd = -1;
	uint64_t n;
	int r = input_open(path, &fd, &n, why);

	if (r < 0)
		return r;
	n = worth_reading(fd, n);
	r = check_room(path, n, most, why);
	if (r < 0)
		return r;
	r = read_sealed(fd, n, ret_file);
	return r < 0 ? why_errno(why, r, "%s", path) : 0;
}

int input_read_image(const char *path, uint64_t most, struct bytes *ret_file, struct why *why)
{
	scoped_fd fd = -1;
	uint64_t n;
	int r = input_open(path, &fd, &n, why);

	return r < 0 ? r : read_bytes(fd, path, worth_reading(fd, n), most, ret_file, why);
}

void input_free(struct bytes *file)
{
	free((void *)file->p);
	*file = (struct bytes){ 0 };
}

int input_map(const char *path, uint64_t most, struct bytes *ret_file, struct why *why)
{
	scoped_fd fd = -1;
	uint64_t n;
	void *p;
	int r = input_open(path, &fd, &n, why);

	if (r == 0)
		r = check_size(path, n, most, why);
	if (r < 0)
		return r;
	p = mmap(NULL, n, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return why_errno(why, -errno, "%s", path);
	*ret_file = (struct bytes){ p, n };
	return 0;
}

void input_unmap(struct bytes *file)
{
	if (file->p)
		munmap((void *)file->p, file->n);
	*file = (struct bytes){ 0 };
}
