// SPDX-License-Identifier: MIT
/*
 * usage: clone_guest [PORT CONSOLE]	devices of /dev; ttyS0 and ttyS1 when none is named
 *
 * Process 1 of the machine that test/vm/clone saves and then starts twice.
 *
 * Samplers, two threads each, pinned to a processor each, draw all the time from
 * getrandom(2), the vDSO and the library. From the moment they see a new VM
 * generation id they write down what they draw. Then everything is printed.
 */
#include <vgetrandom.h>

#include "generationd/generationd.h"
#include "random/detector.h"
#include "random/kernel.h"
#include "random/self.h"
#include "random/vmgenid.h"
#include "vm/guest.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum {
	N_CPUS = 2,
	N_SAMPLES = 1500,
	N_AFTER = 200, /* when the daemon has done all that it does */
	N_SAMPLERS = 3,
	GIVE_UP_SECONDS = 150,
	NOBODY = 65534
};

/* What the daemon's page had said before these were drawn. */
enum told { NOTHING, NEW_GENERATION, AND_KERNEL_RESEEDED };

struct sample {
	uint64_t syscall, vdso, ours;
	enum told told;
};

struct log {
	bool ready, done;
	uint64_t told_ns, reseeded_ns; /* since the new id was seen */
	struct sample samples[N_SAMPLES], after[N_AFTER];
};

struct sampler {
	const char *name;
	enum guard kind;
	bool alone;  /* as if there were no daemon */
	bool nobody; /* may open no device */
	struct log log[N_CPUS];
};

/* shared between all processes */
static struct sampler *samplers;
static const volatile uint64_t *id;
static uint64_t first_id[2];
static struct probe before;
static bool sees_reseeds;
static FILE *port;

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static bool cloned(void)
{
	return id[0] != first_id[0] || id[1] != first_id[1];
}

static void draw(struct sample *s, void *vdso_state)
{
	const volatile struct published *page = detector_published();
	static __thread uint64_t generation, reseeds;

	if (!cloned() && page) {
		generation = page->generation;
		reseeds = page->reseeds;
	}
	s->told = !page || page->generation == generation ? NOTHING
		  : page->reseeds == reseeds		  ? NEW_GENERATION
							  : AND_KERNEL_RESEEDED;
	if (kernel_random_once(&s->syscall, sizeof(s->syscall), 0) < 0)
		s->syscall = 0;
	s->vdso = 0;
	if (kernel_vdso_present())
		kernel_vdso(&s->vdso, sizeof(s->vdso), 0, vdso_state);
	s->ours = vgetrandom_u64();
}

static void note_times(struct log *l, const struct sample *s, uint64_t since)
{
	if (s->told && !l->told_ns)
		l->told_ns = now_ns() - since;
	if (!l->reseeded_ns && sees_reseeds && probe_changed(&before))
		l->reseeded_ns = now_ns() - since;
}

static void *sample(void *log)
{
	static __thread uint64_t vdso_state[32] __attribute__((aligned(256)));
	struct log *l = log;
	struct sample warm;
	uint64_t since, end;
	unsigned i;

	while (!cloned()) {
		draw(&warm, vdso_state);
		l->ready = true;
	}
	since = now_ns();
	for (i = 0; i < N_SAMPLES; i++) {
		draw(&l->samples[i], vdso_state);
		if (i % 16 == 0)
			note_times(l, &l->samples[i], since);
	}
	/* the times may come later than the samples */
	end = since + 3000000000u;
	while ((!l->reseeded_ns || !l->told_ns || warm.told != AND_KERNEL_RESEEDED) &&
	       now_ns() < end) {
		draw(&warm, vdso_state);
		note_times(l, &warm, since);
	}
	for (i = 0; i < N_AFTER; i++)
		draw(&l->after[i], vdso_state);
	l->done = true;
	return NULL;
}

static pthread_t start_on(unsigned cpu, struct log *l)
{
	pthread_attr_t a;
	pthread_t t;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	pthread_attr_init(&a);
	pthread_attr_setaffinity_np(&a, sizeof(set), &set);
	pthread_create(&t, &a, sample, l);
	return t;
}

static pid_t start_sampler(struct sampler *s)
{
	pthread_t t[N_CPUS];
	pid_t pid = fork();
	unsigned i;

	if (pid != 0)
		return pid;
	/* the identity alone has to make the clones differ */
	self_deny_cpu_random(true);
	if (s->alone)
		detector_published_at("/nonexistent");
	if (s->nobody && setresuid(NOBODY, NOBODY, NOBODY) < 0)
		_exit(2);
	if (!detector_use(s->kind))
		_exit(3);
	self_begin();
	sees_reseeds = probe_take(&before);
	for (i = 0; i < N_CPUS; i++)
		t[i] = start_on(i, &s->log[i]);
	for (i = 0; i < N_CPUS; i++)
		pthread_join(t[i], NULL);
	_exit(0);
}

static void say(const struct why *why)
{
	fprintf(stderr, "daemon: %s\n", why->text);
}

static pid_t start_daemon(void)
{
	static const struct generationd_options o = { .folder = PUBLISHED_DIR,
						      .interval_us = INTERVAL_US,
						      .warn = say };
	pid_t pid = fork();
	struct why why;

	if (pid == 0) {
		generationd_run(&o, &why);
		say(&why);
		_exit(1);
	}
	return pid;
}

static void print_samples(const char *name, const struct sample *s, unsigned n)
{
	for (; n--; s++)
		fprintf(port, "%s %jx %jx %jx %d\n", name, (uintmax_t)s->syscall,
			(uintmax_t)s->vdso, (uintmax_t)s->ours, s->told);
}

static void print_sampler(const struct sampler *s)
{
	unsigned cpu;

	for (cpu = 0; cpu < N_CPUS; cpu++) {
		const struct log *l = &s->log[cpu];

		fprintf(port, "times %s %ju %ju\n", s->name, (uintmax_t)l->told_ns,
			(uintmax_t)l->reseeded_ns);
		print_samples(s->name, l->samples, N_SAMPLES);
		print_samples(s->name, l->after, N_AFTER);
	}
}

static bool all(const struct sampler *first, unsigned n, bool done)
{
	unsigned i, cpu;

	for (i = 0; i < n; i++) {
		for (cpu = 0; cpu < N_CPUS; cpu++) {
			const struct log *l = &first[i].log[cpu];

			if (!*(const volatile bool *)(done ? &l->done : &l->ready))
				return false;
		}
	}
	return true;
}

/* Run these samplers; returns when the host wants to go on, or never: in a clone they print. */
static void phase(struct sampler *first, unsigned n, int fd)
{
	struct pollfd wanted = { fd, POLLIN, 0 };
	pid_t pid[N_SAMPLERS];
	unsigned i, waited = 0;
	char byte;

	for (i = 0; i < n; i++)
		pid[i] = start_sampler(&first[i]);
	while (!all(first, n, false)) {
		usleep(20000);
		if (++waited > GIVE_UP_SECONDS * 50)
			break;
	}
	fprintf(port, "ready %d\n", waited <= GIVE_UP_SECONDS * 50);
	while (!cloned()) {
		if (poll(&wanted, 1, 20) > 0 && read(fd, &byte, 1) == 1 && byte == 'n') {
			for (i = 0; i < n; i++) {
				kill(pid[i], SIGKILL);
				waitpid(pid[i], NULL, 0);
			}
			return;
		}
	}
	for (waited = 0; !all(first, n, true) && waited < GIVE_UP_SECONDS * 50; waited++)
		usleep(20000);
	for (i = 0; i < n; i++) {
		kill(pid[i], SIGKILL);
		print_sampler(&first[i]);
	}
	fprintf(port, "end\n");
	for (;;)
		pause();
}

/* bytes as they are: no echo of what the host sends, no line ends made of others */
static void make_raw(int fd)
{
	struct termios t;

	tcgetattr(fd, &t);
	cfmakeraw(&t);
	cfsetspeed(&t, B115200);
	tcsetattr(fd, TCSANOW, &t);
}

/* The first three alone, the last two with the daemon. Where there is no vmclock, without its. */
static const struct sampler kinds[] = {
	{ .name = "vmgenid", .kind = GUARD_VMGENID, .alone = true },
	{ .name = "unchecked", .kind = GUARD_BLIND, .alone = true },
	{ .name = "vmclock", .kind = GUARD_VMCLOCK, .alone = true },
	{ .name = "published", .kind = GUARD_PUBLISHED, .nobody = true },
	{ .name = "handed-on", .kind = GUARD_VMCLOCK, .nobody = true },
};

static int open_device(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/dev/%s", name);
	return open(path, O_RDWR | O_NOCTTY);
}

int main(int argc, char **argv)
{
	const bool named = argc > 2;
	struct why why;
	bool clock;
	int fd;

	mounts();
	fd = open_device(named ? argv[1] : "ttyS0");
	make_raw(fd);
	port = fdopen(fd, "w");
	setvbuf(port, NULL, _IOLBF, 1 << 16);
	dup2(open_device(named ? argv[2] : "ttyS1"), 2);
	clock = load_module("/ptp_vmclock.ko") && access("/dev/vmclock0", R_OK) == 0;
	if (vmgenid_map(&id, &why) < 0) {
		fprintf(port, "failed %s\n", why.text);
		for (;;)
			pause();
	}
	first_id[0] = id[0];
	first_id[1] = id[1];
	fprintf(port, "clock %d\n", clock);
	samplers = mmap(NULL, sizeof(kinds), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
			0);
	memcpy(samplers, kinds, sizeof(kinds));
	phase(&samplers[0], clock ? 3 : 2, fd);
	start_daemon();
	while (access(PUBLISHED_PATH, R_OK) != 0)
		usleep(20000);
	usleep(300000);
	phase(&samplers[3], clock ? 2 : 1, fd);
	return 0;
}
