// SPDX-License-Identifier: MIT
/*
 * usage: filtered PLAIN vgetrandom.3	draws under filters of system calls that kill
 *        filtered drawn			the same program, under a filter that was there
 * before filtered filters vgetrandom.3	the same, which filters before it draws for the first time
 *
 * The manual page says which calls are made when; its lists are read here, and nothing
 * else is allowed. What the dynamic loader calls is seen in PLAIN.
 */
#include <vgetrandom.h>

#include "generationd/page.h"
#include "random/detector.h"
#include "random/filter.h"
#include "random/memory.h"
#include "random/self.h"
#include "reseed.h"
#include "made_daemon.h"
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CALLS_MOST = 512, PATIENCE_SECONDS = 300 };

/* How often each call is made, or whether it is allowed. */
struct calls {
	unsigned n[CALLS_MOST];
};

/* ------------------------------------------------------------ manual page */

static const struct {
	const char *name;
	unsigned nr;
} named[] = {
	{ "getrandom", SYS_getrandom },
	{ "clock_gettime", SYS_clock_gettime },
	{ "clock_nanosleep", SYS_clock_nanosleep },
	{ "close", SYS_close },
	{ "connect", SYS_connect },
	{ "fstat", SYS_fstat },
	{ "fstat", SYS_newfstatat }, /* as the C library does it */
	{ "fstatfs", SYS_fstatfs },
	{ "getdents64", SYS_getdents64 },
	{ "madvise", SYS_madvise },
	{ "mmap", SYS_mmap },
	{ "munmap", SYS_munmap },
	{ "openat", SYS_openat },
#ifdef SYS_poll
	{ "poll", SYS_poll },
#else
	{ "poll", SYS_ppoll }, /* what a C library calls where the kernel has no other */
#endif
	{ "read", SYS_read },
	{ "recvmsg", SYS_recvmsg },
	{ "setsockopt", SYS_setsockopt },
	{ "socket", SYS_socket },
};

static void allow_named(struct calls *calls, const char *name)
{
	unsigned found = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(named); i++) {
		if (strcmp(named[i].name, name) == 0) {
			calls->n[named[i].nr] = 1;
			found++;
		}
	}
	if (!found)
		check_msg(false, "the manual page has a call %s that is not known here", name);
}

/* What the page lists under the item of that name. */
static void read_list(struct calls *calls, const char *path, const char *item)
{
	FILE *f = fopen(path, "re");
	char line[256], name[64];
	unsigned n = 0, section;
	bool in = false;

	require(f != NULL);
	while (fgets(line, sizeof(line), f)) {
		if (strncmp(line, ".It Sy ", 7) == 0 || strncmp(line, ".El", 3) == 0) {
			line[strcspn(line, "\n")] = 0;
			in = strcmp(line + (line[1] == 'I' ? 7 : 3), item) == 0;
		}
		if (in && sscanf(line, ".Xr %63s %u", name, &section) == 2 && section == 2) {
			allow_named(calls, name);
			n++;
		}
	}
	fclose(f);
	check_msg(n > 0, "the manual page lists %u calls: %s", n, item);
}

/* ---------------------------------------------------------------- filters */

/* getrandom(2) says EPERM instead. */
static bool refuses;

static void filter(const struct calls *allowed)
{
	static struct sock_filter f[CALLS_MOST + 8];
	struct sock_fprog p = { 0, f };
	unsigned n = 0, nr;

	f[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
					      offsetof(struct seccomp_data, nr));
	for (nr = 0; nr < CALLS_MOST; nr++) {
		if (!allowed->n[nr])
			continue;
		f[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1);
		f[n++] = (struct sock_filter)BPF_STMT(
			BPF_RET | BPF_K, refuses && nr == SYS_getrandom ? SECCOMP_RET_ERRNO | EPERM
									: SECCOMP_RET_ALLOW);
	}
	f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
	p.len = (unsigned short)n;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &p) < 0)
		_exit(77);
}

/* ------------------------------------------------------------------ draws */

static void *callers_state;

static void draws(void)
{
	static uint8_t big[5000];
	uint64_t a = vgetrandom_u64(), b = vgetrandom_u64();

	vgetrandom_fill(big, sizeof(big));
	if (a == b || vgetrandom_uniform(3) > 2 || vgetrandom_u32() == vgetrandom_u32())
		_exit(1);
	if (callers_state && vgetrandom(big, 100, 0, callers_state) != 100)
		_exit(2);
	if (!vgetrandom_still_current(vgetrandom_generation()) && detector.kind != GUARD_PUBLISHED)
		_exit(3);
}

/* On so many pages of the stack that there is not a state for each. */
static void draws_deep(unsigned depth)
{
	uint8_t page[4096];

	__asm__ volatile("" ::"r"(page) : "memory");
	draws();
	if (depth)
		draws_deep(depth - 1);
	__asm__ volatile("" ::"r"(page) : "memory");
}

/* Ticks of the clock and new keys are among them. */
static void draws_on(void)
{
	struct timespec now, end;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec++;
	do {
		draws_deep(40);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec < end.tv_sec || now.tv_nsec < end.tv_nsec);
}

/* Who draws, and when in his life the filter comes. */
static struct calls allowed;

static void itself(void)
{
	filter(&allowed);
	draws_on();
}

static void *in_thread(void *drawn_before)
{
	if (drawn_before)
		draws_deep(40);
	filter(&allowed);
	draws_on();
	/* the thread's end has calls of the C library's own */
	syscall(SYS_exit_group, 0);
	return NULL;
}

static void thread_of_its(void)
{
	pthread_t t;

	pthread_create(&t, NULL, in_thread, NULL);
	pthread_join(t, NULL);
	_exit(9);
}

static void thread_that_drew(void)
{
	pthread_t t;

	pthread_create(&t, NULL, in_thread, &allowed);
	pthread_join(t, NULL);
	_exit(9);
}

static void wait_and_exit(pid_t pid)
{
	int status = -1;

	syscall(SYS_wait4, pid, &status, 0, NULL);
	_exit(status != 0);
}

static void child_filters(void)
{
	pid_t pid = fork();

	if (pid != 0)
		wait_and_exit(pid);
	itself();
	_exit(0);
}

/* The test's own calls: without the C library's, which has more of them in a fork. */
static void child_of_filtered(void)
{
	long pid;

	allowed.n[SYS_clone] = allowed.n[SYS_wait4] = 1;
	draws();
	filter(&allowed);
	pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	if (pid != 0)
		wait_and_exit((pid_t)pid);
	draws_on();
	_exit(0);
}

/* Nobody has drawn yet, neither parent nor child. */
static void first_in_child_of_filtered(void)
{
	long pid;

	allowed.n[SYS_clone] = allowed.n[SYS_wait4] = 1;
	filter(&allowed);
	pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	if (pid != 0)
		wait_and_exit((pid_t)pid);
	draws_on();
	_exit(0);
}

static const struct {
	const char *name;
	void (*run)(void);
} drawers[] = {
	{ "the process itself", itself },
	{ "a thread of it", thread_of_its },
	{ "a thread that drew before", thread_that_drew },
	{ "a child that filters", child_filters },
	{ "a child of one that drew and filtered", child_of_filtered },
	{ "a child of one that filtered", first_in_child_of_filtered },
};

/* ----------------------------------------------------------------- levels */

static char folder[] = "/tmp/bardo-filtered-XXXXXX";
static char page_path[64];
static int lives[2];

static const char *daemon_folder = folder;

static void daemon_life(void)
{
	made_daemon_live(daemon_folder, (uint64_t)getpid(), lives[1]);
	pause();
	_exit(0);
}

static void daemon_stop(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static volatile uint64_t count = 7;

static bool level_none(void)
{
	return detector_use(GUARD_NONE);
}

static bool level_blind(void)
{
	return detector_use(GUARD_BLIND);
}

static bool level_vmclock(void)
{
	detector_use(GUARD_NONE);
	detector.word[0] = &count;
	detector.kind = GUARD_VMCLOCK;
	return true;
}

static bool level_published(void)
{
	detector_published_at(page_path);
	return detector_use(GUARD_PUBLISHED) && detector_level() == GUARD_PUBLISHED;
}

static const struct {
	const char *name;
	bool (*use)(void);
} levels[] = {
	{ "none", level_none },
	{ "blind", level_blind },
	{ "vmclock", level_vmclock },
	{ "published", level_published },
};

/* It has begun when this returns. */
static pid_t start(bool (*use)(void), void (*run)(void))
{
	pid_t pid = fork();
	char byte = 's';

	if (pid == 0) {
		bool ok = use();

		alarm(PATIENCE_SECONDS);
		if (write(lives[1], &byte, 1) != 1 || !ok)
			_exit(8);
		run();
		_exit(0);
	}
	if (read(lives[0], &byte, 1) != 1)
		return -1;
	return pid;
}

static int end_of(pid_t pid)
{
	int status = -1;

	waitpid(pid, &status, 0);
	return status;
}

static void test_levels(void)
{
	unsigned num = 1, size;
	size_t l, d;

	callers_state = vgetrandom_alloc(&num, &size, 0, 0);
	require(callers_state != MAP_FAILED);
	for (l = 0; l < ARRAY_SIZE(levels); l++) {
		for (d = 0; d < ARRAY_SIZE(drawers); d++) {
			pid_t daemon = made_daemon_start(daemon_life, lives[0]);
			pid_t pid = start(levels[l].use, drawers[d].run);
			int status;

			/* it dies in the middle, and its successor goes on */
			usleep(300000);
			daemon_stop(daemon);
			usleep(200000);
			daemon = made_daemon_start(daemon_life, lives[0]);
			status = end_of(pid);
			daemon_stop(daemon);
			check_msg(status == 0, "level %s, %s: %#x", levels[l].name, drawers[d].name,
				  (unsigned)status);
		}
	}
}

/* vmclock with nothing that makes clones differ: the draw waits for the kernel's reseed. */
static void wait_for_reseed(void)
{
	self_deny_cpu_random(true);
	draws();
	filter(&allowed);
	count++;
	draws();
}

static void test_wait(const char *manual)
{
	pid_t pid;

	if (!force_reseed()) {
		skip("only root may have the kernel reseed");
		return;
	}
	read_list(&allowed, manual, "waiting");
	pid = start(level_vmclock, wait_for_reseed);
	usleep(300000);
	force_reseed();
	check(end_of(pid) == 0);
	allowed.n[SYS_clock_nanosleep] = 0;
	pid = start(level_vmclock, wait_for_reseed);
	check_msg(end_of(pid) != 0, "and without that call it cannot");
}

/* The kernel's devices in getrandom(2)'s place. */
static void test_refused(const char *manual)
{
	const struct calls drawing = allowed;
	pid_t pid;

	read_list(&allowed, manual, "being refused");
	refuses = true;
	pid = start(level_none, itself);
	check(end_of(pid) == 0);
	pid = start(level_blind, itself);
	check(end_of(pid) == 0);
	allowed = drawing;
	pid = start(level_none, itself);
	check_msg(end_of(pid) != 0, "and without those calls it cannot");
	refuses = false;
}

static void allocate(void)
{
	unsigned num = 1, size;

	filter(&allowed);
	callers_state = vgetrandom_alloc(&num, &size, 0, 0);
	if (callers_state == MAP_FAILED)
		_exit(4);
	draws();
}

static void allocate_wiped(void)
{
	memory_deny_droppable(true);
	allocate();
}

static void test_allocating(const char *manual)
{
	const struct calls drawing = allowed;
	pid_t pid;

	pid = start(level_blind, allocate);
	check_msg(end_of(pid) != 0, "drawing's calls are not enough to allocate");
	read_list(&allowed, manual, "allocating");
	pid = start(level_blind, allocate);
	check(end_of(pid) == 0);
	pid = start(level_blind, allocate_wiped);
	check(end_of(pid) == 0);
	allowed = drawing;
}

/* ------------------------------------------------------------------ loader */

static void trace(struct calls *calls, char *const argv[], bool filtered)
{
	int status = 0;
	bool entry = true;
	pid_t pid = fork();

	memset(calls, 0, sizeof(*calls));
	if (pid == 0) {
		static struct calls all;

		memset(&all, 1, sizeof(all));
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		if (filtered)
			filter(&all);
		kill(getpid(), SIGSTOP);
		execv(argv[0], argv);
		_exit(9);
	}
	waitpid(pid, &status, 0);
	ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
	while (WIFSTOPPED(status)) {
		struct __ptrace_syscall_info info = { 0 };

		if (ptrace(PTRACE_SYSCALL, pid, NULL, NULL) < 0 || waitpid(pid, &status, 0) < 0)
			break;
		if (!WIFSTOPPED(status) || WSTOPSIG(status) != (SIGTRAP | 0x80))
			continue;
		ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info);
		entry = info.op == PTRACE_SYSCALL_INFO_ENTRY;
		if (entry && info.entry.nr < CALLS_MOST)
			calls->n[info.entry.nr]++;
	}
	check_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%s %s, traced: %#x", argv[0],
		  argv[1] ?: "", (unsigned)status);
}

static char *drawn[] = { (char *)"/proc/self/exe", (char *)"drawn", NULL };

/* Its first draw is behind the filter: the library has done the rest when it was loaded. */
static void test_filters_first(const char *manual)
{
	char *argv[] = { (char *)"/proc/self/exe", (char *)"filters", (char *)manual, NULL };
	pid_t pid = fork();
	int end;

	if (pid == 0) {
		dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDOUT_FILENO);
		execv(argv[0], argv);
		_exit(9);
	}
	end = end_of(pid);
	check_msg(end == 0, "a first draw behind a filter: %#x", (unsigned)end);
}

/* Are the calls that it makes more often than the plain one those of the list? */
static void compare(const struct calls *own, const struct calls *plain, const struct calls *list,
		    const char *what)
{
	unsigned nr, unlisted = 0;

	for (nr = 0; nr < CALLS_MOST; nr++) {
		if (own->n[nr] > plain->n[nr] && !list->n[nr]) {
			unlisted++;
			printf("# %s: call %u is not in the manual page\n", what, nr);
		}
	}
	check_msg(unlisted == 0, "%s: %u calls are not in the manual page", what, unlisted);
}

static void test_loading(char *plain_path, const char *manual)
{
	char *plain_argv[] = { plain_path, NULL };
	struct calls plain, own, list = { 0 };
	unsigned nr, foreign = 0;
	pid_t pid;
	int end;

	trace(&plain, plain_argv, false);
	read_list(&list, manual, "drawing");
	if (filter_seen()) {
		skip("this test runs under a filter itself");
	} else {
		read_list(&list, manual, "loading");
		trace(&own, drawn, false);
		compare(&own, &plain, &list, "loading");
		check_msg((own.n[SYS_socket] > 0) == (access(PUBLISHED_SOCKET, F_OK) == 0),
			  "a daemon is asked where one is: %u sockets", own.n[SYS_socket]);
	}
	memset(&list, 0, sizeof(list));
	read_list(&list, manual, "loading under a filter");
	for (nr = 0; nr < CALLS_MOST; nr++)
		foreign += list.n[nr] && !plain.n[nr] && nr != SYS_fstat && nr != SYS_newfstatat;
	check_msg(foreign == 0, "of those %u are not the dynamic loader's", foreign);
	read_list(&list, manual, "drawing");
	trace(&own, drawn, true);
	compare(&own, &plain, &list, "loading under a filter");
	plain.n[SYS_getrandom] = 1;
	pid = fork();
	if (pid == 0) {
		filter(&plain);
		execv(drawn[0], drawn);
		_exit(9);
	}
	end = end_of(pid);
	check_msg(end == 0, "the dynamic loader's calls and getrandom(2): %#x", (unsigned)end);
}

/* ACPI's tables, memory, and a daemon that lives and whose socket nobody listens to. */
static bool furnish(void)
{
	return unshare(CLONE_NEWNS) == 0 &&
	       mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount("tmpfs", "/sys/firmware", "tmpfs", 0, NULL) == 0 &&
	       mount("tmpfs", "/run", "tmpfs", 0, NULL) == 0 &&
	       mount("tmpfs", "/dev", "tmpfs", 0, NULL) == 0 &&
	       mknod("/dev/mem", S_IFREG | 0600, 0) == 0 &&
	       mkdir("/sys/firmware/acpi", 0755) == 0 &&
	       mkdir("/sys/firmware/acpi/tables", 0755) == 0 && mkdir(PUBLISHED_DIR, 0755) == 0 &&
	       mknod(PUBLISHED_SOCKET, S_IFSOCK | 0666, 0) == 0;
}

/* What a machine does not have it is not asked for: once more where there is all of it. */
static void test_loading_furnished(char *plain_path, const char *manual)
{
	pid_t daemon;

	if (!furnish()) {
		skip("no namespaces to be had");
		return;
	}
	daemon_folder = PUBLISHED_DIR;
	daemon = made_daemon_start(daemon_life, lives[0]);
	check(daemon > 0);
	test_loading(plain_path, manual);
	daemon_stop(daemon);
}

/* ------------------------------------------------------- what is no filter */

static void test_status(void)
{
	check(!filter_in_status("Name:\tx\nSeccomp:\t0\nSeccomp_filters:\t0\n", true));
	check(filter_in_status("Name:\tx\nSeccomp:\t2\nSeccomp_filters:\t1\n", true));
	check(filter_in_status("Name:\tx\nSeccomp:\t1\n", true));
	/* a kernel that has none */
	check(!filter_in_status("Name:\tx\nThreads:\t1\n", true));
	/* many groups: the line may be behind what was read */
	check(filter_in_status("Name:\tx\nGroups:\t1 2 3", false));
	check(filter_in_status("Name:\tx\nSeccomp:\t", false));
}

/* Where the vDSO cannot read the processor's clock, clock_gettime(3) is a call as well. */
static void clock_only(void)
{
	struct calls none = { 0 };
	struct timespec t;

	none.n[SYS_exit_group] = 1;
	filter(&none);
	clock_gettime(CLOCK_BOOTTIME, &t);
	clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
	_exit(0);
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "drawn") == 0) {
		draws_deep(40);
		_exit(vgetrandom_generation() == 0);
	}
	if (argc == 3 && strcmp(argv[1], "filters") == 0) {
		read_list(&allowed, argv[2], "drawing");
		read_list(&allowed, argv[2], "reading the clock");
		allowed.n[SYS_exit_group] = 1;
		itself();
		_exit(0);
	}
	require(argc == 3 && mkdtemp(folder) && pipe(lives) == 0);
	snprintf(page_path, sizeof(page_path), "%s/generation", folder);
	test_status();
	read_list(&allowed, argv[2], "drawing");
	allowed.n[SYS_exit_group] = 1;
	if (end_of(start(level_none, clock_only)) != 0)
		read_list(&allowed, argv[2], "reading the clock");
	test_levels();
	test_refused(argv[2]);
	test_allocating(argv[2]);
	test_wait(argv[2]);
	test_filters_first(argv[2]);
	test_loading(argv[1], argv[2]);
	test_loading_furnished(argv[1], argv[2]);
	unlink(page_path);
	rmdir(folder);
	return tap_done();
}
