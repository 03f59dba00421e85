/* SPDX-License-Identifier: MIT */
#pragma once
/* Not the daemon's own way to have the kernel reseed, since that is what is tested with it. */
#include <fcntl.h>
#include <linux/random.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* False for anybody but root. */
static bool force_reseed(void)
{
	int fd = open("/dev/urandom", O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && ioctl(fd, RNDRESEEDCRNG) == 0;

	close(fd);
	return ok;
}
