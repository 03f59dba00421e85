// SPDX-License-Identifier: MIT
/* The daemon's page, its writer and its readers; and vmclock's page as a detector. */
#include <vgetrandom.h>

#include "generationd/page.h"
#include "random/detector.h"
#include "random/self.h"
#include "random/state.h"
#include "random/vmclock.h"
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/bardo-published-XXXXXX";
static char path[64];
static int tell[2], answer[2];

/* A daemon's life: open, live, one new generation for each byte, until killed. */
static void daemon_life(void)
{
	struct published *page;
	uint64_t identity[2] = { 1, 2 }, generation = 100;
	char byte = 'y';

	if (page_open(folder, &page, NULL) < 0)
		_exit(1);
	page_duplicated(page, generation, identity, 0);
	if (page_live(page, GUARD_VMGENID, NULL) < 0 || write(answer[1], &byte, 1) != 1)
		_exit(1);
	while (read(tell[0], &byte, 1) == 1) {
		if (byte == 'g') {
			identity[0]++;
			page_duplicated(page, ++generation, identity, 0);
		} else {
			page->reseeds++;
		}
		if (write(answer[1], &byte, 1) != 1)
			break;
	}
	_exit(0);
}

static pid_t daemon_start(void)
{
	pid_t pid = fork();
	char byte;

	if (pid == 0)
		daemon_life();
	return read(answer[0], &byte, 1) == 1 ? pid : -1;
}

static void daemon_do(char what)
{
	char byte;

	require(write(tell[1], &what, 1) == 1 && read(answer[0], &byte, 1) == 1);
}

/* The state of this thread, looked at in its own memory. */
static struct state *own_state(void)
{
	unsigned num = 1, size;

	return vgetrandom_alloc(&num, &size, 0, 0);
}

/* So many that the clock was looked at, and the kernel's reseeds. */
static bool draws(struct state *s)
{
	uint64_t v;
	unsigned i;

	for (i = 0; i < CLOCK_BYTES / sizeof(v); i++) {
		if (vgetrandom(&v, sizeof(v), 0, s) != sizeof(v))
			return false;
	}
	return true;
}

static void test_generation(void)
{
	struct state *s = own_state();
	uint64_t before = vgetrandom_generation(), v;
	uint8_t key[32];

	check(detector_level() == GUARD_PUBLISHED);
	check(vgetrandom_still_current(before));
	check(vgetrandom(&v, sizeof(v), 0, s) == sizeof(v));
	check(s->mode == STATE_KEYED && s->left > 0);
	memcpy(key, s->key, sizeof(key));
	daemon_do('r');
	check(vgetrandom_still_current(before));
	check(draws(s) && memcmp(key, s->key, 32) != 0);
	memcpy(key, s->key, sizeof(key));
	daemon_do('g');
	check(!vgetrandom_still_current(before));
	check(vgetrandom(&v, sizeof(v), 0, s) == sizeof(v) && memcmp(key, s->key, 32) != 0);
	munmap(s, PAGE_BYTES);
}

/* The very next draw after the daemon's death knows of it. */
static void test_death(pid_t pid)
{
	struct state *s = own_state();
	uint64_t before = vgetrandom_generation(), v, w;
	pid_t next;

	vgetrandom(&v, sizeof(v), 0, s);
	check(s->mode == STATE_KEYED && s->left > 0);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	check(vgetrandom(&w, sizeof(w), 0, s) == sizeof(w) && v != w);
	check(s->mode == STATE_KERNEL && s->left == 0);
	check(detector_level() == GUARD_NONE);
	check(!vgetrandom_still_current(before));
	next = daemon_start();
	check(next > 0);
	/* the same page came to life again */
	check(detector_level() == GUARD_PUBLISHED);
	vgetrandom(&v, sizeof(v), 0, s);
	check(s->mode == STATE_KEYED);
	kill(next, SIGKILL);
	waitpid(next, NULL, 0);
	munmap(s, PAGE_BYTES);
}

static void test_page_alone(void)
{
	struct published *page;
	struct why why;
	pid_t pid = daemon_start();
	struct stat st;

	check(pid > 0);
	check(page_open(folder, &page, &why) == -EBUSY);
	check(stat(path, &st) == 0 && (st.st_mode & 0777) == 0644 && st.st_size == PAGE_BYTES);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/*
 * As in a container: the folder is seen read-only, process numbers are others, and no
 * device is there. The kernel's mark for a dead daemon comes through all the same.
 */
static int read_in_container(void)
{
	struct state *s;
	uint64_t v;
	char byte;
	pid_t pid;

	if (unshare(CLONE_NEWNS | CLONE_NEWPID) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return 77;
	pid = fork();
	if (pid != 0) {
		int status = -1;

		waitpid(pid, &status, 0);
		return WIFEXITED(status) ? WEXITSTATUS(status) : 99;
	}
	if (mount(folder, folder, NULL, MS_BIND, NULL) < 0 ||
	    mount(NULL, folder, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) < 0 ||
	    mount("tmpfs", "/dev", "tmpfs", 0, NULL) < 0)
		_exit(77);
	if (open(path, O_RDWR | O_CLOEXEC) >= 0 || getpid() != 1)
		_exit(1);
	if (!detector_use(GUARD_PUBLISHED))
		_exit(2);
	s = own_state();
	if (vgetrandom(&v, sizeof(v), 0, s) != sizeof(v) || s->mode != STATE_KEYED)
		_exit(3);
	/* the daemon is no process of ours: who is outside ends it and says so */
	if (write(answer[1], "k", 1) != 1 || read(tell[0], &byte, 1) != 1)
		_exit(4);
	if (vgetrandom(&v, sizeof(v), 0, s) != sizeof(v) || s->mode != STATE_KERNEL)
		_exit(5);
	_exit(detector_level() != GUARD_NONE);
}

static void test_container(void)
{
	pid_t daemon = daemon_start(), pid = fork();
	int status = -1;
	char byte;

	if (pid == 0)
		_exit(read_in_container());
	/* it may end without a word */
	fcntl(answer[0], F_SETFL, O_NONBLOCK);
	while (read(answer[0], &byte, 1) != 1 && waitpid(pid, &status, WNOHANG) == 0)
		usleep(1000);
	fcntl(answer[0], F_SETFL, 0);
	kill(daemon, SIGKILL);
	waitpid(daemon, NULL, 0);
	if (status == -1 || !WIFEXITED(status)) {
		require(write(tell[1], "k", 1) == 1);
		waitpid(pid, &status, 0);
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip("no namespaces to be had");
	else
		check_msg(status == 0, "in a container: %#x", (unsigned)status);
}

/* vmclock pages as the device would show them; the generation counter is simulated. */
static void test_vmclock_page(void)
{
	static uint8_t page[PAGE_BYTES] __attribute__((aligned(8)));
	struct vmclock c;
	uint32_t magic = 0x4b4c4356, bytes = 0x70, flags = 1 << 8;
	uint16_t version = 1;

	check(vmclock_find(page, &c) == -ENOEXEC);
	memcpy(page, &magic, 4);
	memcpy(page + 4, &bytes, 4);
	memcpy(page + 8, &version, 2);
	check(vmclock_find(page, &c) == 0 && c.marker &&
	      (const volatile uint8_t *)c.count == page + 16);
	memcpy(page + 24, &flags, 4);
	check(vmclock_find(page, &c) == 0 && !c.marker &&
	      (const volatile uint8_t *)c.count == page + 0x68);
	/* the flag is there, but the structure ends before the field */
	bytes = 0x68;
	memcpy(page + 4, &bytes, 4);
	check(vmclock_find(page, &c) == 0 && c.marker);
	version = 2;
	memcpy(page + 8, &version, 2);
	check(vmclock_find(page, &c) == -ENOEXEC);
}

/* As if /dev/vmclock0 had been mapped: its counter is no identity. */
static void test_vmclock_guard(void)
{
	static volatile uint64_t count = 7;
	static const uint64_t zero;
	struct state *s = own_state();
	uint64_t before, v, identity[2];
	uint8_t key[32];

	detector.word[0] = &count;
	detector.word[1] = detector.word[2] = &zero;
	detector.kind = GUARD_VMCLOCK;
	before = vgetrandom_generation();
	check(vgetrandom(&v, sizeof(v), 0, s) == sizeof(v) && s->mode == STATE_KEYED);
	memcpy(key, s->key, sizeof(key));
	check(!detector_identity(identity));
	count++;
	check(!vgetrandom_still_current(before));
	check(vgetrandom(&v, sizeof(v), 0, s) == sizeof(v) && memcmp(key, s->key, 32) != 0);
	/* nothing makes clones differ: it has to wait for the kernel, and may not */
	self_deny_cpu_random(true);
	count++;
	check(vgetrandom(&v, sizeof(v), GRND_NONBLOCK, s) == -EAGAIN);
	self_deny_cpu_random(false);
	check(vgetrandom(&v, sizeof(v), GRND_NONBLOCK, s) == sizeof(v));
	munmap(s, PAGE_BYTES);
}

int main(void)
{
	pid_t pid;

	require(mkdtemp(folder) && pipe(tell) == 0 && pipe(answer) == 0);
	snprintf(path, sizeof(path), "%s/generation", folder);
	detector_published_at(path);
	check(!detector_use(GUARD_PUBLISHED));
	pid = daemon_start();
	require(pid > 0);
	check(detector_use(GUARD_PUBLISHED));
	test_generation();
	test_death(pid);
	test_page_alone();
	test_container();
	test_vmclock_page();
	test_vmclock_guard();
	unlink(path);
	rmdir(folder);
	return tap_done();
}
