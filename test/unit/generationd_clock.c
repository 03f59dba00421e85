// SPDX-License-Identifier: MIT
/*
 * The daemon's vmclock: which descriptor it hands to anybody, and how it waits. The
 * device is a file with such a page, which like the driver before its page is
 * read always has news.
 */
#include "generationd/clock.h"
#include "tap.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { WAIT_US = 5000, TIMES = 20, N_FLOODERS = 2, FLOOD_MS = 500, BACKLOG = 2 * SERVED_MOST + 1 };

static unsigned n_reads;

ssize_t __real_pread64(int fd, void *p, size_t n, off_t at);
ssize_t __wrap_pread64(int fd, void *p, size_t n, off_t at);

ssize_t __wrap_pread64(int fd, void *p, size_t n, off_t at)
{
	n_reads++;
	return __real_pread64(fd, p, n, at);
}

static int make_device(void)
{
	int fd = memfd_create("vmclock", MFD_CLOEXEC);
	uint32_t magic = 0x4b4c4356, bytes = 0x70, flags = 1 << 8 | 1 << 9;
	uint16_t version = 1;

	require(fd >= 0 && ftruncate(fd, PAGE_BYTES) == 0);
	require(pwrite(fd, &magic, 4, 0) == 4 && pwrite(fd, &bytes, 4, 4) == 4 &&
		pwrite(fd, &version, 2, 8) == 2 && pwrite(fd, &flags, 4, 24) == 4);
	return fd;
}

static double ms_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* A device that cannot be silenced does not keep a real-time process running. */
static void test_wait(struct clock_server *c)
{
	double from = ms_now(), ms;
	unsigned i;

	check(c->clock.polls && !c->clock.marker);
	n_reads = 0;
	for (i = 0; i < TIMES; i++)
		clock_wait(c, WAIT_US);
	ms = ms_now() - from;
	check_msg(ms >= TIMES / 2 * WAIT_US / 1000.0, "%d waits take %.0f ms", TIMES, ms);
	check_msg(n_reads == TIMES / 2, "each event is taken by a read: %u", n_reads);
	c->clock.polls = false;
	from = ms_now();
	clock_wait(c, WAIT_US);
	check(n_reads == TIMES / 2 && ms_now() - from >= WAIT_US / 1000.0);
}

static char path[64];

/* What somebody gets who asks: a descriptor, or -1. */
static int ask(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	union {
		char bytes[CMSG_SPACE(4 * sizeof(int))];
		struct cmsghdr align;
	} control;
	char byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control.bytes,
			    .msg_controllen = sizeof(control.bytes) };
	int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), fd = -1;
	struct cmsghdr *h;

	memcpy(a.sun_path, path, sizeof(path));
	if (connect(s, (const struct sockaddr *)&a, sizeof(a)) == 0 && recvmsg(s, &m, 0) == 1 &&
	    (h = CMSG_FIRSTHDR(&m)) != NULL && h->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(&fd, CMSG_DATA(h), sizeof(fd));
	close(s);
	return fd;
}

static int got = -1;

static void *ask_as_thread(void *unused)
{
	got = ask();
	return NULL;
}

/* The device's, to the same file, and one; who asks while it sleeps does not wait for its end. */
static void test_serve(struct clock_server *c)
{
	struct stat want, have;
	double from = ms_now();
	pthread_t t;

	pthread_create(&t, NULL, ask_as_thread, NULL);
	clock_wait(c, 20 * 1000 * 1000);
	pthread_join(t, NULL);
	check(ms_now() - from < 10000);
	check(got >= 0 && fstat(c->device, &want) == 0 && fstat(got, &have) == 0 &&
	      want.st_ino == have.st_ino && want.st_dev == have.st_dev);
	close(got);
}

static bool flooding;
static unsigned n_connected;

/* Connects and goes away, as fast as that can be done; never waits, so that it ends. */
static void *flood(void *unused)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int s;

	memcpy(a.sun_path, path, sizeof(path));
	while (__atomic_load_n(&flooding, __ATOMIC_RELAXED)) {
		s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		if (connect(s, (const struct sockaddr *)&a, sizeof(a)) == 0)
			__atomic_add_fetch(&n_connected, 1, __ATOMIC_RELAXED);
		close(s);
	}
	return NULL;
}

/* Of many who wait already so many are served in a turn, and in the next one none. */
static void test_crowd(struct clock_server *c)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int s[2 * SERVED_MOST + 1];
	unsigned i, n_served[4] = { 0 }, turn;
	char byte;

	memcpy(a.sun_path, path, sizeof(path));
	/* the rest behind whoever was served last */
	clock_wait(c, WAIT_US);
	for (i = 0; i < ARRAY_SIZE(s); i++) {
		s[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		check(connect(s[i], (const struct sockaddr *)&a, sizeof(a)) == 0);
	}
	for (turn = 0; turn < ARRAY_SIZE(n_served); turn++) {
		clock_wait(c, WAIT_US);
		for (i = 0; i < ARRAY_SIZE(s); i++)
			n_served[turn] += recv(s[i], &byte, 1, MSG_DONTWAIT) == 1;
	}
	check_msg(n_served[0] == SERVED_MOST && n_served[1] == 0 && n_served[2] == SERVED_MOST &&
			  n_served[3] == 0,
		  "served in turn: %u, %u, %u, %u", n_served[0], n_served[1], n_served[2],
		  n_served[3]);
	clock_wait(c, WAIT_US);
	for (i = 0; i < ARRAY_SIZE(s); i++)
		close(s[i]);
}

/* Whoever connects all the time drives nobody: turns have their length, and serve so many. */
static void test_flood(struct clock_server *c)
{
	unsigned i, n_waits = 0;
	pthread_t t[N_FLOODERS], asks;
	double from = ms_now(), ms;

	flooding = true;
	for (i = 0; i < N_FLOODERS; i++)
		pthread_create(&t[i], NULL, flood, NULL);
	for (; ms_now() - from < FLOOD_MS; n_waits++)
		clock_wait(c, 1000 * 1000);
	ms = ms_now() - from;
	check_msg(n_waits <= 2 * ms * 1000 / CLOCK_REST_US + 2, "%u turns in %.0f ms of a flood",
		  n_waits, ms);
	check_msg(n_connected <= n_waits * SERVED_MOST + BACKLOG, "%u connections", n_connected);
	/* one who asks in the middle of it is served too */
	got = -1;
	pthread_create(&asks, NULL, ask_as_thread, NULL);
	for (i = 0; i < 4000 && __atomic_load_n(&got, __ATOMIC_RELAXED) < 0; i++)
		clock_wait(c, WAIT_US);
	check_msg(__atomic_load_n(&got, __ATOMIC_RELAXED) >= 0, "who asks is served in turn %u", i);
	__atomic_store_n(&flooding, false, __ATOMIC_RELAXED);
	for (i = 0; i < N_FLOODERS; i++)
		pthread_join(t[i], NULL);
	pthread_join(asks, NULL);
	close(got);
}

/* Where there is no vmclock there is nothing to ask, whatever else the daemon has open. */
static void test_without_clock(const char *folder)
{
	struct clock_server c;
	struct stat st;
	struct why why;

	check(clock_open(folder, &c, &why) == 0);
	if (c.device >= 0) {
		check(fstat(c.device, &st) == 0 && st.st_rdev != makedev(1, 1));
		return;
	}
	check(c.listen < 0 && ask() == -1 && clock_count(&c) == 0);
}

int main(void)
{
	char folder[] = "/tmp/bardo-clock-XXXXXX";
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct clock_server c = { 0 };
	struct why why;

	require(mkdtemp(folder) != NULL);
	snprintf(path, sizeof(path), "%s/vmclock", folder);
	test_without_clock(folder);
	memcpy(a.sun_path, path, sizeof(path));
	c.device = make_device();
	c.listen = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	unlink(path);
	require(bind(c.listen, (const struct sockaddr *)&a, sizeof(a)) == 0 &&
		listen(c.listen, BACKLOG - 1) == 0);
	require(vmclock_map(c.device, &c.clock, &why) == 0);
	test_wait(&c);
	test_serve(&c);
	test_crowd(&c);
	test_flood(&c);
	unlink(path);
	rmdir(folder);
	return tap_done();
}
