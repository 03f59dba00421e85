// SPDX-License-Identifier: MIT
/*
 * The loop: look at the VM generation id (or vmclock), publish what it means,
 * make the kernel different too. It never waits for anything but its next turn: as long
 * as nothing differs between the clones of this machine the page says that nobody watches.
 */
#include "generationd/generationd.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "generationd/clock.h"
#include "generationd/identity.h"
#include "generationd/kernel.h"
#include "generationd/page.h"
#include "generationd/restage.h"
#include "generationd/sandbox.h"
#include "random/detector.h"
#include "random/kernel.h"
#include "random/self.h"
#include "random/vmgenid.h"

enum {
	/* readers take new keys that much later than the vDSO does */
	RESEED_LOOK_MS = 20,
	/* what the kernel does at least, where its reseeds cannot be seen */
	RESEED_MS = 60000,
	WATCHDOG_MS = 1000, /* and the page's beat */
};

/* Which clone we are, as far as the hypervisor tells. */
struct machine {
	uint64_t words[DUPLICATE_WORDS];
	uint64_t clock;
};

struct daemon {
	const struct generationd_options *options;
	struct published *page;
	struct clock_server clock;
	int pool;	/* /dev/urandom */
	int restager;	/* who has the staged image made anew hears of clones there */
	int notify;	/* systemd's socket, or -1 */
	uint32_t epoch; /* of the kernel, last seen */
	uint32_t looked_ms, counted_ms, notified_ms;
	struct machine seen;
	struct identity identity;
	bool live;   /* what the page says holds for what was seen */
	bool cloned; /* since the last generation was published */
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
	d->counted_ms = coarse_ms();
}

static void push(struct daemon *d, const uint64_t identity[2])
{
	struct why why;

	/* not fatal: readers are keyed with the identity, and the kernel will reseed by itself */
	if (kernel_pool_push(d->pool, identity, &why) < 0)
		d->options->warn(&why);
	count_reseed(d);
}

static struct machine look_at_machine(const struct daemon *d)
{
	return (struct machine){ { *detector.word[0], *detector.word[1] }, clock_count(&d->clock) };
}

static bool same_words(const struct machine *a, const struct machine *b)
{
	return memcmp(a->words, b->words, sizeof(a->words)) == 0;
}

/* A clone, or the clock alone: then the machine migrated, and its readers wait for us. */
static void note_change(struct daemon *d, const struct machine *now)
{
	d->cloned |= !same_words(now, &d->seen);
	d->seen = *now;
	identity_forget(&d->identity);
}

/* Another one unless the clock alone has changed, and the identity that is held stays. */
static int make_generation(struct daemon *d, uint64_t ret_identity[2], uint64_t *ret_generation)
{
	uint64_t identity[2], generation;
	int r = identity_make(&d->identity, identity, &generation);

	if (r < 0)
		return r;
	memcpy(ret_identity, d->identity.held ? d->page->identity : identity, sizeof(identity));
	*ret_generation = d->cloned ? generation : d->page->generation;
	return 0;
}

/*
 * Nothing is published that a clone may publish too. Until then liveness is 0: readers
 * take all from the kernel and buffer nothing, and those of vmclock wait.
 */
static void publish(struct daemon *d)
{
	uint64_t identity[2], generation;
	struct why why;

	if (make_generation(d, identity, &generation) < 0) {
		page_rest(d->page);
		d->live = false;
		return;
	}
	page_duplicated(d->page, generation, identity, d->seen.clock);
	push(d, identity);
	if (!d->live && page_live(d->page, detector.kind, &why) < 0)
		d->options->warn(&why);
	d->live = true;
	/* readers and the kernel first: they are waiting */
	if (d->cloned)
		restage_ask(d->restager);
	d->cloned = false;
}

static void look(struct daemon *d)
{
	const struct machine now = look_at_machine(d);
	const bool changed = !same_words(&now, &d->seen) || now.clock != d->seen.clock;

	if (changed)
		note_change(d, &now);
	if (changed || !d->live)
		publish(d);
}

static void look_at_kernel(struct daemon *d)
{
	uint32_t now = coarse_ms();

	if (now == d->looked_ms)
		return;
	d->looked_ms = now;
	if (self_kernel_epoch() != d->epoch ||
	    (!kernel_vdso_present() && now - d->counted_ms >= RESEED_MS))
		count_reseed(d);
	if (now - d->notified_ms >= WATCHDOG_MS) {
		d->notified_ms = now;
		page_beat(d->page);
		notify(d, "WATCHDOG=1");
	}
}

/* A clock that tells of its changes need not be looked at; the kernel's reseeds are. */
static long turn_us(const struct daemon *d)
{
	const long us = d->options->interval_us;

	return d->clock.clock.polls && d->live && us < RESEED_LOOK_MS * 1000 ? RESEED_LOOK_MS * 1000
									     : us;
}

static void __attribute__((noreturn)) run(struct daemon *d)
{
	for (;;) {
		look(d);
		look_at_kernel(d);
		clock_wait(&d->clock, turn_us(d));
	}
}

/* ------------------------------------------------------------------ start */

/* A VM generation ID that is there and cannot be read is told apart from none. */
static int nothing_to_watch(struct why *why)
{
	const volatile uint64_t *id;
	uint64_t address;
	struct why reason;

	if (vmgenid_find(&address, NULL) == 0 && vmgenid_map(&id, &reason) < 0)
		return why_set(why, -ENODEV,
			       "%s; and this machine has no vmclock, so a clone cannot be noticed",
			       reason.text);
	return why_set(why, -ENODEV,
		       "this machine has neither a VM generation ID nor vmclock, so a clone "
		       "cannot be noticed");
}

static int watch(struct why *why)
{
	/* our own page is what others look at */
	detector_published_at("/nonexistent");
	if (detector_use(GUARD_VMGENID) || detector_use(GUARD_VMCLOCK))
		return 0;
	return nothing_to_watch(why);
}

static int open_all(struct daemon *d, struct why *why)
{
	const char *folder = d->options->folder, *bardo = d->options->bardo;
	int r = watch(why);

	/* first: whatever is opened from here on, the child does not hold when we have ended */
	if (r >= 0 && bardo)
		r = d->restager = restage_open(bardo, why);
	if (r >= 0)
		r = page_open(folder, &d->page, why);
	if (r >= 0 && !bardo)
		r = d->restager = restage_open_note(folder, why);
	if (r >= 0)
		r = clock_open(folder, &d->clock, why);
	if (r >= 0)
		r = d->pool = kernel_pool_open(why);
	if (r < 0)
		return r;
	d->notify = notify_open();
	if (chdir(folder) < 0)
		return why_errno(why, -errno, "%s", folder);
	return 0;
}

/*
 * A clock that has not moved since the predecessor wrote it down: no clone came in
 * between, and its identity still is one.
 */
static void take_over(struct daemon *d)
{
	const uint64_t *identity = d->page->identity;

	d->seen = look_at_machine(d);
	identity_forget(&d->identity);
	d->identity.held = detector.kind == GUARD_VMCLOCK && d->page->clock == d->seen.clock &&
			   (identity[0] | identity[1]) != 0;
}

static int start(struct daemon *d, struct why *why)
{
	int r = open_all(d, why);

	if (r < 0)
		return r;
	/* what the library opens at its first use, it opens before the doors close */
	self_begin();
	/* readers wait for us: among busy processes the turn must come at once, and it is short */
	sched_setscheduler(0, SCHED_RR, &(struct sched_param){ .sched_priority = 1 });
	prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
	r = d->options->open ? 0 : sandbox_enter(why);
	if (r < 0)
		return r;
	take_over(d);
	/* it may have been cloned while nobody watched */
	d->cloned = true;
	publish(d);
	return 0;
}

/* Who ends before it says that it is ready has failed for systemd, whatever its exit status. */
static void notify_reason(struct daemon *d, const struct why *why)
{
	char text[sizeof(why->text) + 32];

	d->notify = notify_open();
	snprintf(text, sizeof(text), "READY=1\nSTATUS=%s", why->text);
	notify(d, text);
}

int generationd_run(const struct generationd_options *options, struct why *why)
{
	struct daemon d = { .options = options, .restager = -1 };
	int r = start(&d, why);

	if (r == -ENODEV)
		notify_reason(&d, why);
	if (r < 0)
		return r;
	/* also when it waits for an identity: a machine that boots does not wait for that */
	notify(&d, "READY=1");
	run(&d);
}
