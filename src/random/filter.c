// SPDX-License-Identifier: MIT
#include "random/filter.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"

enum { STATUS_BYTES_MOST = 4096 };

/* A kernel without filters has no such line; one that did not fit may be anywhere behind. */
bool filter_in_status(const char *text, bool whole)
{
	const char *line = strstr(text, "\nSeccomp:\t");

	return line ? line[10] != '0' || line[11] != '\n' : !whole;
}

bool filter_seen(void)
{
	scoped_fd fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	char text[STATUS_BYTES_MOST];
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

	if (n <= 0)
		return true;
	text[n] = 0;
	return filter_in_status(text, n < (ssize_t)sizeof(text) - 1);
}
