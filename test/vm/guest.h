/* SPDX-License-Identifier: MIT */
#pragma once
/* What process 1 of a virtual machine does before anything else can be done. */
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

static void mounts(void)
{
	mount("proc", "/proc", "proc", 0, NULL);
	mount("sysfs", "/sys", "sysfs", 0, NULL);
	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	mount("tmpfs", "/run", "tmpfs", 0, "mode=755");
}

/* False also where the module is not there. */
__attribute__((unused)) static bool load_module(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool ok = fd >= 0 && syscall(SYS_finit_module, fd, "", 0) == 0;

	close(fd);
	return ok;
}
