// SPDX-License-Identifier: MIT
#include "boot/output.h"
#include "base/fd.h"
#include "base/memfd.h"

#include <errno.h>
#include <sys/stat.h>

int output_append(int fd, const void *data, uint64_t n)
{
	const uint8_t *p = data;
	ssize_t done;

	for (; n; p += done, n -= (uint64_t)done) {
		done = write(fd, p, min_u64(n, 1 << 30));
		if (done < 0)
			return -errno;
	}
	return 0;
}

int output_file(const char *name, struct bytes data, struct why *why)
{
	scoped_fd fd = memfd_open(name);
	int r = fd < 0 ? fd : output_append(fd, data.p, data.n);

	if (r == 0)
		r = memfd_seal(fd);
	return r < 0 ? why_errno(why, r, "%s", name) : fd_take(&fd);
}

uint64_t output_bytes(int fd)
{
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 ? (uint64_t)st.st_size : 0;
}
