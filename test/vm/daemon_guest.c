// SPDX-License-Identifier: MIT
/*
 * Process 1 of a machine with a VM generation id, and with vmclock where kernel and
 * hypervisor have it: what does bardo generationd do to the kernel, what has it open,
 * what does it give away, and who notices that it died? Lines on the console, each "@ok"
 * or "@bad" and what was looked at.
 */
#include <vgetrandom.h>

#include "generationd/generationd.h"
#include "random/detector.h"
#include "random/kernel.h"
#include "random/self.h"
#include "random/state.h"
#include "random/vmclock.h"
#include "random/vmgenid.h"
#include "reseed.h"
#include "vgetrandom/status.h"
#include "vm/guest.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { NOBODY = 65534, PATIENCE_MS = 20000 };

static bool has_clock;

__attribute__((format(printf, 2, 3))) static void say(bool ok, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	printf("@%s ", ok ? "ok" : "bad");
	vprintf(format, args);
	putchar('\n');
	fflush(stdout);
	va_end(args);
}

static long ms_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* -------------------------------------------------------------- the daemon */

static void warn(const struct why *why)
{
	printf("@note daemon: %s\n", why->text);
	fflush(stdout);
}

static const struct generationd_options options = { .folder = PUBLISHED_DIR,
						    .interval_us = INTERVAL_US,
						    .warn = warn };

static pid_t start_daemon(void)
{
	pid_t pid = fork();
	struct why why;

	if (pid == 0) {
		generationd_run(&options, &why);
		warn(&why);
		_exit(1);
	}
	return pid;
}

static const volatile struct published *page;

static bool wait_for_daemon(void)
{
	long end = ms_now() + PATIENCE_MS;

	do {
		detector_look_for_daemon();
		page = detector_published();
		if (page && published_alive(page))
			return true;
		usleep(5000);
	} while (ms_now() < end);
	return false;
}

/*
 * A young kernel reseeds every few seconds by itself: a probe that it let be for so
 * long. False where that cannot be seen.
 */
static bool quiet_probe(struct probe *ret_probe, unsigned ms)
{
	do {
		if (!probe_take(ret_probe))
			return false;
		usleep(ms * 1000);
	} while (probe_changed(ret_probe));
	return true;
}

/* The kernel's generator before and after the daemon's start, with nobody else about. */
static pid_t test_start(void)
{
	struct probe probe;
	bool sees = quiet_probe(&probe, 300);
	const volatile uint64_t *id = NULL;
	struct why why;
	pid_t pid;

	pid = start_daemon();
	say(wait_for_daemon(), "the daemon lives");
	if (sees)
		say(probe_changed(&probe), "it had the kernel reseed before it said so");
	say(vmgenid_map(&id, &why) == 0 && page->identity[0] == id[0] && page->identity[1] == id[1],
	    "the identity in its page is the machine's");
	say(page->source == GUARD_VMGENID && page->generation != 0, "and its generation is one");
	return pid;
}

/* --------------------------------------------------------- what it has open */

static void test_open(pid_t pid)
{
	char folder[64], link[320], to[256];
	unsigned n = 0, memory = 0;
	struct dirent *e;
	ssize_t length;
	DIR *d;

	snprintf(folder, sizeof(folder), "/proc/%d/fd", (int)pid);
	d = opendir(folder);
	while (d && (e = readdir(d)) != NULL) {
		snprintf(link, sizeof(link), "%s/%s", folder, e->d_name);
		length = readlink(link, to, sizeof(to) - 1);
		if (length < 0)
			continue;
		to[length] = 0;
		n++;
		memory += strstr(to, "/mem") != NULL;
		printf("@note open: %s %s\n", e->d_name, to);
	}
	if (d)
		closedir(d);
	say(n >= 3 && memory == 0, "%u descriptors open, none of /dev/mem", n);
}

/* A line of the file that begins with that word. */
static bool line_is(pid_t pid, const char *word, const char *want)
{
	char path[64], line[256];
	bool found = false;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		found |= strncmp(line, word, strlen(word)) == 0 && strstr(line, want) != NULL;
	if (f)
		fclose(f);
	return found;
}

static void test_rights(pid_t pid)
{
	pid_t stranger = fork();
	int status = -1;

	if (stranger == 0) {
		if (setresuid(NOBODY, NOBODY, NOBODY) < 0)
			_exit(1);
		_exit(kill(pid, SIGSTOP) == 0 || errno != EPERM ? 2 : 0);
	}
	waitpid(stranger, &status, 0);
	say(status == 0, "nobody cannot stop it (%#x)", (unsigned)status);
	say(line_is(pid, "Uid:", "\t65533\t65533\t65533\t65533"), "it is a user of its own");
	say(line_is(pid, "CapEff:", "0000000000200000") &&
		    line_is(pid, "CapPrm:", "0000000000200000"),
	    "with one capability");
	say(line_is(pid, "Seccomp:", "2") && line_is(pid, "NoNewPrivs:", "1"), "and a filter");
}

/* ------------------------------------------------------ what it gives away */

/* As nobody: 0 when what one gets is right. */
static int take_and_look(void)
{
	struct stat mine, devices;
	int fd;

	if (stat("/dev/vmclock0", &devices) < 0)
		devices.st_rdev = 0;
	if (setresuid(NOBODY, NOBODY, NOBODY) < 0)
		return 1;
	/* the device itself is root's, so this asks the daemon */
	fd = vmclock_open(detector_look_for_daemon());
	if (!has_clock)
		return fd < 0 ? 0 : 2;
	if (fd < 0 || fstat(fd, &mine) < 0 || !S_ISCHR(mine.st_mode))
		return 3;
	if (mine.st_rdev != devices.st_rdev || mine.st_rdev == makedev(1, 1))
		return 4;
	if ((fcntl(fd, F_GETFL) & O_ACCMODE) != O_RDONLY)
		return 5;
	/* one page, to be read */
	if (mmap(NULL, PAGE_BYTES, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED)
		return 6;
	if (mmap(NULL, PAGE_BYTES, PROT_READ, MAP_SHARED, fd, PAGE_BYTES) != MAP_FAILED ||
	    mmap(NULL, 2 * PAGE_BYTES, PROT_READ, MAP_SHARED, fd, 0) != MAP_FAILED)
		return 7;
	if (mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) != MAP_FAILED)
		return 8;
	return 0;
}

static void test_given(void)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0)
		_exit(take_and_look());
	waitpid(pid, &status, 0);
	say(status == 0,
	    has_clock ? "nobody gets vmclock's page and no other (%#x)"
		      : "without vmclock nobody gets anything (%#x)",
	    (unsigned)status);
}

/* ---------------------------------------------------------- what users are told */

/* vgetrandom --status --json as that user, in a process that looks for itself; the host reads it.
 */
static void show_status(const char *who, uid_t uid)
{
	pid_t pid = fork();

	if (pid == 0) {
		if (setresuid(uid, uid, uid) < 0)
			_exit(1);
		detector_find(false);
		printf("@status %s ", who);
		status_print(true);
		fflush(stdout);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
}

/* ----------------------------------------------------- the kernel's reseeds */

static void test_follows(void)
{
	uint64_t before, after;
	unsigned i, followed = 0;
	long began, worst = 0;
	struct probe probe;

	do {
		quiet_probe(&probe, 300);
		before = page->reseeds;
		usleep(700000);
		after = page->reseeds;
	} while (probe_changed(&probe));
	say(after == before, "no reseed, none counted");
	for (i = 0; i < 3; i++) {
		before = page->reseeds;
		if (!force_reseed())
			break;
		began = ms_now();
		while (page->reseeds == before && ms_now() - began < PATIENCE_MS)
			usleep(1000);
		after = page->reseeds;
		followed += after > before;
		worst = (long)max_u64((uint64_t)worst, (uint64_t)(ms_now() - began));
	}
	say(followed == 3, "%u of 3 reseeds of the kernel's own counted, within %ld ms", followed,
	    worst);
}

/* ------------------------------------------------------------ its readers */

struct reader {
	pid_t pid;
	int ask, answer;
};

/* What its next draw was: the mode, and whether the key is another one. */
struct drawn {
	uint32_t mode;
	enum guard level;
	bool other_key;
};

static void __attribute__((noreturn)) read_on(int ask, int answer)
{
	unsigned num = 1, bytes;
	struct state *s = vgetrandom_alloc(&num, &bytes, 0, 0);
	struct drawn d;
	uint8_t key[32] = { 0 };
	uint64_t v;
	char byte;

	if (setresuid(NOBODY, NOBODY, NOBODY) < 0 || !detector_use(GUARD_PUBLISHED))
		_exit(1);
	while (read(ask, &byte, 1) == 1) {
		/* the draws first: they must notice by themselves, the kernel's reseed within 256
		 * bytes */
		for (unsigned i = 0; i < 2 + 256 / sizeof(v); i++)
			if (vgetrandom(&v, sizeof(v), 0, s) != sizeof(v))
				_exit(2);
		d = (struct drawn){ s->mode, detector_level(), memcmp(key, s->key, 32) != 0 };
		memcpy(key, s->key, sizeof(key));
		if (write(answer, &d, sizeof(d)) != sizeof(d))
			_exit(3);
	}
	_exit(0);
}

static struct reader start_reader(void)
{
	int ask[2], answer[2];
	struct reader r = { 0 };

	if (pipe(ask) < 0 || pipe(answer) < 0)
		return r;
	r = (struct reader){ fork(), ask[1], answer[0] };
	if (r.pid == 0)
		read_on(ask[0], answer[1]);
	return r;
}

static struct drawn next_draw(const struct reader *r)
{
	struct drawn d = { 0 };

	if (write(r->ask, "", 1) != 1 || read(r->answer, &d, sizeof(d)) != sizeof(d))
		d.mode = 99;
	return d;
}

static void say_drawn(struct drawn d, uint32_t mode, bool other_key, const char *when)
{
	say(d.mode == mode && (mode == STATE_KERNEL || d.other_key == other_key),
	    "%s: mode %u, guard %s, %s key", when, d.mode, guard_name(d.level),
	    d.other_key ? "another" : "the same");
}

static void test_reader(pid_t daemon)
{
	struct reader r = start_reader();
	uint64_t before;
	bool sees = kernel_vdso_present();
	long began;

	say_drawn(next_draw(&r), STATE_KEYED, true, "a first draw");
	say_drawn(next_draw(&r), STATE_KEYED, false, "the next one");
	before = page->reseeds;
	if (sees && force_reseed()) {
		began = ms_now();
		while (page->reseeds == before && ms_now() - began < PATIENCE_MS)
			usleep(1000);
		say_drawn(next_draw(&r), STATE_KEYED, true, "after the kernel's reseed");
	}
	show_status("root", 0);
	show_status("nobody", NOBODY);
	kill(daemon, SIGKILL);
	waitpid(daemon, NULL, 0);
	say_drawn(next_draw(&r), STATE_KERNEL, true, "the draw after the daemon's death");
	show_status("nobody-without", NOBODY);
	start_daemon();
	say(wait_for_daemon(), "another daemon lives");
	/* it is looked for once a second */
	usleep(1100000);
	say_drawn(next_draw(&r), STATE_KEYED, true, "a draw then");
	kill(r.pid, SIGKILL);
	waitpid(r.pid, NULL, 0);
}

static void test_second(void)
{
	struct why why;

	say(generationd_run(&options, &why) == -EBUSY, "one daemon at a time: %s", why.text);
}

/* ------------------------------------------------------------------- begin */

int main(void)
{
	uint64_t v;
	pid_t pid;

	mounts();
	/* it began before there was a /proc to tell that no filter forbids anything */
	self_forget();
	self_begin();
	has_clock = load_module("/ptp_vmclock.ko") && access("/dev/vmclock0", R_OK) == 0;
	kernel_vdso_find();
	if (kernel_random(&v, sizeof(v), 0) < 0)
		say(false, "random numbers");
	pid = test_start();
	test_open(pid);
	test_rights(pid);
	test_given();
	if (kernel_vdso_present())
		test_follows();
	test_reader(pid);
	test_second();
	puts("@end");
	fflush(stdout);
	reboot(RB_POWER_OFF);
	return 0;
}
