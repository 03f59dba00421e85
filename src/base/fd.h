/* SPDX-License-Identifier: MIT */
#pragma once
/* Descriptors that close with their scope. */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_close_range
#define SYS_close_range 436
#endif

static inline void fd_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

#define scoped_fd __attribute__((cleanup(fd_close))) int

/* Give the descriptor away: the scope forgets it. */
static inline int fd_take(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

/* Close those from first to last, as far as they are open. 0 or a negative errno. */
static inline int fd_close_range(unsigned first, unsigned last)
{
	return syscall(SYS_close_range, first, last, 0) < 0 ? -errno : 0;
}

/* All of it, however often that takes. 0 or a negative errno. */
static inline int fd_write_all(int fd, const uint8_t *p, size_t n)
{
	ssize_t put;

	while (n) {
		put = write(fd, p, n);
		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return -errno;
		p += put;
		n -= (size_t)put;
	}
	return 0;
}
