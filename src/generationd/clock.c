// SPDX-License-Identifier: MIT
#include "generationd/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"

enum { WAITING_MOST = 64 };

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
	    listen(s, WAITING_MOST) < 0)
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

static void serve(struct clock_server *c)
{
	unsigned i;
	int peer;

	c->served = true;
	for (i = 0; i < SERVED_MOST; i++) {
		peer = accept4(c->listen, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (peer < 0)
			return;
		send_fd(peer, c->device);
		close(peer);
	}
}

/*
 * The driver goes on telling of a change until its page is read through the
 * descriptor (the mapping does not count), and a new descriptor begins with one.
 * We have real-time priority: for a device that cannot be silenced a second event
 * waits for the next turn.
 */
static void take_event(struct clock_server *c)
{
	uint8_t page[PAGE_BYTES];

	c->rang = true;
	(void)!pread(c->device, page, sizeof(page), 0);
}

void clock_wait(struct clock_server *c, long us)
{
	struct pollfd p[2] = { { c->listen, POLLIN, 0 }, { c->device, POLLIN, 0 } };
	const bool rests = c->rang || c->served;
	struct timespec t;

	if (c->served)
		p[0].fd = -1;
	if (!c->clock.polls || c->rang)
		p[1].fd = -1;
	if (rests && us > CLOCK_REST_US)
		us = CLOCK_REST_US;
	t = (struct timespec){ us / 1000000, us % 1000000 * 1000 };
	c->rang = c->served = false;
	if (ppoll(p, 2, &t, NULL) <= 0)
		return;
	if (p[1].revents)
		take_event(c);
	if (p[0].revents & POLLIN)
		serve(c);
}

uint64_t clock_count(const struct clock_server *c)
{
	return c->device >= 0 ? *c->clock.count : 0;
}
