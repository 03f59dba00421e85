// SPDX-License-Identifier: MIT
#include "generationd/kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/random.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "random/cpu.h"

enum { SEED_WORDS = 4, WORDS = 2 + SEED_WORDS };

int kernel_pool_open(struct why *why)
{
	int fd = open("/dev/urandom", O_WRONLY | O_CLOEXEC);

	return fd < 0 ? why_errno(why, -errno, "/dev/urandom") : fd;
}

int kernel_pool_push(int fd, const uint64_t identity[2], struct why *why)
{
	uint64_t words[WORDS] = { identity[0], identity[1] };
	size_t n = cpu_random(words + 2, SEED_WORDS) ? sizeof(words) : 2 * sizeof(words[0]);
	ssize_t written = write(fd, words, n);
	int r = written == (ssize_t)n ? 0 : written < 0 ? -errno : -EIO;

	explicit_bzero(words, sizeof(words));
	if (r < 0)
		return why_errno(why, r, "/dev/urandom");
	if (ioctl(fd, RNDRESEEDCRNG) < 0)
		return why_errno(why, -errno, "RNDRESEEDCRNG");
	return 0;
}
