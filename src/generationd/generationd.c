// SPDX-License-Identifier: MIT
/*
 * The loop: look at the VM generation id (or vmclock), publish what it means,
 * make the kernel different too. Our own generator is the first customer: it
 * notices the duplicate, and its generation is what gets published.
 */
#include "generationd/generationd.h"

#include <vgetrandom.h>

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "generationd/clock.h"
#include "generationd/kernel.h"
#include "generationd/page.h"
#include "generationd/restage.h"
#include "generationd/sandbox.h"
#include "random/detector.h"
#include "random/kernel.h"
#include "random/self.h"

enum {
	RESEED_LOOK_MS = 100,
	WATCHDOG_MS = 1000,
};

struct daemon {
	const struct generationd_options *options;
	struct published *page;
	struct clock_server clock;
	int pool;	/* /dev/urandom */
	int restager;	/* who has the staged image made anew hears of clones there */
	int notify;	/* systemd's socket, or -1 */
	uint32_t epoch; /* of the kernel, last seen */
	uint32_t looked_ms, notified_ms;
};

/* ---------------------------------------------------------------- systemd */

/* sd_notify(3): datagrams to the socket that the environment names */
static int notify_open(void)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	scoped_fd s = -1;
	size_t n = path ? strlen(path) : 0;

	if (n < 2 || n >= sizeof(a.sun_path))
		return -1;
	memcpy(a.sun_path, path, n);
	if (a.sun_path[0] == '@')
		a.sun_path[0] = 0;
	s = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	n += offsetof(struct sockaddr_un, sun_path);
	if (s < 0 || connect(s, (const struct sockaddr *)&a, (socklen_t)n) < 0)
		return -1;
	return fd_take(&s);
}

static void notify(const struct daemon *d, const char *text)
{
	if (d->notify >= 0)
		(void)!send(d->notify, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* ------------------------------------------------------------------- work */

/* The kernel has reseeded: readers take new keys from it. */
static void count_reseed(struct daemon *d)
{
	__atomic_add_fetch(&d->page->reseeds, 1, __ATOMIC_SEQ_CST);
	d->epoch = self_kernel_epoch();
}

static void push(struct daemon *d, const uint64_t identity[2])
{
	struct why why;

	/* not fatal: readers are keyed with the identity, and the kernel will reseed by itself */
	if (kernel_pool_push(d->pool, identity, &why) < 0)
		d->options->warn(&why);
	count_reseed(d);
}

/* A generation of this machine begins: at the start, and whenever it was duplicated. */
static void publish(struct daemon *d, uint64_t generation)
{
	uint64_t clock = clock_count(&d->clock), identity[2];

	if (!detector_identity(identity))
		vgetrandom_fill(identity, sizeof(identity));
	page_duplicated(d->page, generation, identity, clock);
	push(d, identity);
}

static void look(struct daemon *d)
{
	const uint64_t before = d->page->generation;
	uint64_t generation = vgetrandom_generation();

	/* the clock alone changes when the machine migrated: its readers wait for us */
	if (generation != d->page->generation || clock_count(&d->clock) != d->page->clock)
		publish(d, generation);
	/* readers and the kernel first: they are waiting */
	if (generation != before)
		restage_ask(d->restager);
}

static void look_at_kernel(struct daemon *d)
{
	uint32_t now = coarse_ms();

	if (now - d->looked_ms < RESEED_LOOK_MS)
		return;
	d->looked_ms = now;
	if (self_kernel_epoch() != d->epoch)
		count_reseed(d);
	if (now - d->notified_ms >= WATCHDOG_MS) {
		d->notified_ms = now;
		notify(d, "WATCHDOG=1");
	}
}

static void __attribute__((noreturn)) run(struct daemon *d)
{
	for (;;) {
		look(d);
		look_at_kernel(d);
		clock_wait(&d->clock, d->options->interval_us);
	}
}

/* ------------------------------------------------------------------ start */

static int watch(struct why *why)
{
	/* our own page is what others look at */
	detector_published_at("/nonexistent");
	if (detector_use(GUARD_VMGENID) || detector_use(GUARD_VMCLOCK))
		return 0;
	return why_set(why, -ENODEV,
		       "this machine has neither a VM generation id nor vmclock: "
		       "nobody could notice that it was duplicated");
}

static int open_all(struct daemon *d, struct why *why)
{
	const char *folder = d->options->folder;
	int r = watch(why);

	if (r >= 0)
		r = page_open(folder, &d->page, why);
	if (r >= 0)
		r = clock_open(folder, &d->clock, why);
	if (r >= 0)
		r = d->pool = kernel_pool_open(why);
	if (r < 0)
		return r;
	r = d->restager = d->options->bardo ? restage_open(d->options->bardo, why)
					    : restage_open_note(folder, why);
	if (r < 0)
		return r;
	d->notify = notify_open();
	if (chdir(folder) < 0)
		return why_errno(why, -errno, "%s", folder);
	return 0;
}

static int start(struct daemon *d, struct why *why)
{
	int r = open_all(d, why);

	if (r < 0)
		return r;
	/* what the library opens at its first use, it opens before the doors close */
	vgetrandom_u32();
	/* readers wait for us: among busy processes the turn must come at once, and it is short */
	sched_setscheduler(0, SCHED_RR, &(struct sched_param){ .sched_priority = 1 });
	prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
	r = d->options->open ? 0 : sandbox_enter(why);
	if (r < 0)
		return r;
	publish(d, vgetrandom_generation());
	return page_live(d->page, detector.kind, why);
}

int generationd_run(const struct generationd_options *options, struct why *why)
{
	struct daemon d = { .options = options, .restager = -1 };
	int r = start(&d, why);

	if (r < 0)
		return r;
	notify(&d, "READY=1");
	/* cloned while nobody watched */
	restage_ask(d.restager);
	run(&d);
}
