/* SPDX-License-Identifier: MIT */
#pragma once
/* Descriptors that close with their scope. */
#include <unistd.h>

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
