// SPDX-License-Identifier: MIT
#include "random/vmclock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>

#include "base/fd.h"
#include "random/published.h"

#define DEVICE "/dev/vmclock0"

enum {
	MAGIC = 0,
	BYTES = 4,
	VERSION = 8,
	DISRUPTION_MARKER = 16,
	FLAGS = 24,
	VM_GENERATION_COUNTER = 0x68,
};
enum { VCLK = 0x4b4c4356, HAS_GENERATION_COUNTER = 1 << 8, NOTIFIES = 1 << 9 };

static uint32_t at32(const volatile uint8_t *page, unsigned offset)
{
	return *(const volatile uint32_t *)(page + offset);
}

int vmclock_find(const volatile uint8_t *page, struct vmclock *ret_clock)
{
	struct vmclock found = { 0 };
	uint32_t flags = at32(page, FLAGS), bytes = at32(page, BYTES);

	if (at32(page, MAGIC) != VCLK || (at32(page, VERSION) & 0xffff) != 1 || bytes < FLAGS + 8)
		return -ENOEXEC;
	found.marker = !(flags & HAS_GENERATION_COUNTER) || bytes < VM_GENERATION_COUNTER + 8;
	found.polls = flags & NOTIFIES;
	found.count = (const volatile uint64_t *)(page + (found.marker ? DISRUPTION_MARKER
								       : VM_GENERATION_COUNTER));
	*ret_clock = found;
	return 0;
}

int vmclock_map(int fd, struct vmclock *ret_clock, struct why *why)
{
	uint8_t *page = mmap(NULL, PAGE_BYTES, PROT_READ, MAP_SHARED, fd, 0);
	int r;

	if (page == MAP_FAILED)
		return why_errno(why, -errno, DEVICE);
	r = vmclock_find(page, ret_clock);
	if (r < 0) {
		munmap(page, PAGE_BYTES);
		return why_errno(why, r, DEVICE ": not a vmclock page of version 1");
	}
	return 0;
}

static int receive_fd(int from)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	char byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control.bytes,
			    .msg_controllen = sizeof(control.bytes) };
	struct cmsghdr *c;
	int fd;

	if (recvmsg(from, &m, MSG_CMSG_CLOEXEC) < 0)
		return -errno;
	c = CMSG_FIRSTHDR(&m);
	if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS ||
	    c->cmsg_len != CMSG_LEN(sizeof(int)))
		return -ENOENT;
	memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}

/*
 * The socket's folder is root's, so who answers is root. It answers at once or
 * we do without: a program must not hang in its first random number.
 */
static int ask_daemon(void)
{
	struct sockaddr_un a = { AF_UNIX, PUBLISHED_SOCKET };
	struct timeval at_most = { .tv_usec = 200000 };
	scoped_fd s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (s < 0 || setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &at_most, sizeof(at_most)) < 0 ||
	    setsockopt(s, SOL_SOCKET, SO_SNDTIMEO, &at_most, sizeof(at_most)) < 0 ||
	    connect(s, (const struct sockaddr *)&a, sizeof(a)) < 0)
		return -errno;
	return receive_fd(s);
}

int vmclock_open(bool daemon_runs)
{
	int fd = open(DEVICE, O_RDONLY | O_CLOEXEC), r = -errno;

	if (fd >= 0 || !daemon_runs)
		return fd >= 0 ? fd : r;
	/* also where there is no device: a service may have a /dev of its own */
	fd = ask_daemon();
	return fd >= 0 ? fd : r;
}
