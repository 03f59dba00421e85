// SPDX-License-Identifier: MIT
#include "generationd/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/fd.h"

static int listen_at(const char *folder, struct why *why)
{
	scoped_fd s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	if (s < 0)
		return why_errno(why, -errno, "socket");
	if ((size_t)snprintf(a.sun_path, sizeof(a.sun_path), "%s/vmclock", folder) >=
	    sizeof(a.sun_path))
		return why_set(why, -ENAMETOOLONG, "%s: too long", folder);
	/* ours from an earlier life: page_open() has the lock */
	unlink(a.sun_path);
	if (bind(s, (const struct sockaddr *)&a, sizeof(a)) < 0 || chmod(a.sun_path, 0666) < 0 ||
	    listen(s, 64) < 0)
		return why_errno(why, -errno, "%s", a.sun_path);
	return fd_take(&s);
}

int clock_open(const char *folder, struct clock_server *ret, struct why *why)
{
	struct clock_server c = { .device = open("/dev/vmclock0", O_RDONLY | O_CLOEXEC),
				  .listen = -1 };

	if (c.device >= 0 && vmclock_map(c.device, &c.clock, NULL) < 0)
		fd_close(&c.device);
	if (c.device >= 0) {
		c.listen = listen_at(folder, why);
		if (c.listen < 0) {
			fd_close(&c.device);
			return c.listen;
		}
	}
	*ret = c;
	return 0;
}

static void send_fd(int to, int fd)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	char byte = 0;
	struct iovec iov = { &byte, 1 };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control.bytes,
			    .msg_controllen = sizeof(control.bytes) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	/* a peer that has gone away meanwhile gets nothing, and that is all */
	(void)!sendmsg(to, &m, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void clock_serve(const struct clock_server *c)
{
	int peer;

	if (c->listen < 0)
		return;
	while ((peer = accept4(c->listen, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) {
		send_fd(peer, c->device);
		close(peer);
	}
}

uint64_t clock_count(const struct clock_server *c)
{
	return c->device >= 0 ? *c->clock.count : 0;
}
