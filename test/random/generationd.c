// SPDX-License-Identifier: MIT
/*
 * The daemon over a clock and nothing else: no VM generation id, no processor's random
 * numbers, and a kernel that reseeds when the test says so. Then no two clones may ever
 * publish one identity, whatever ends the daemon in between. The clock is a file in the
 * place of /dev/vmclock0, in a /dev of our own.
 */
#include <vgetrandom.h>

#include "generationd/clock.h"
#include "generationd/generationd.h"
#include "generationd/kernel.h"
#include "random/cpu.h"
#include "random/detector.h"
#include "random/kernel.h"
#include "random/self.h"
#include "random/vmclock.h"
#include "tap.h"
#include "unit/tiny_aml.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE_MS = 20000, NOBODY = 65534, QUIET_MS = 300 };

/* ----------------------------------------------------------- a machine to order */

static struct {
	uint64_t reseeds; /* of the kernel */
	bool has_cpu_random;
	bool is_old; /* its kernel's reseeds cannot be seen */
	uint32_t ahead_ms;
	unsigned n_pushes;
} * machine;

static volatile uint64_t *count; /* vmclock's */

bool __wrap_cpu_random(uint64_t *words, size_t n_words);
bool __wrap_probe_take(struct probe *ret_probe);
bool __wrap_probe_changed(const struct probe *probe);
int __wrap_kernel_pool_push(int fd, const uint64_t identity[2], struct why *why);

bool __wrap_cpu_random(uint64_t *words, size_t n_words)
{
	return machine->has_cpu_random && kernel_random(words, n_words * sizeof(words[0]), 0) == 0;
}

bool __wrap_probe_take(struct probe *ret_probe)
{
	ret_probe->state[0] = machine->reseeds;
	return true;
}

bool __wrap_probe_changed(const struct probe *probe)
{
	return probe->state[0] != machine->reseeds;
}

int __wrap_kernel_pool_push(int fd, const uint64_t identity[2], struct why *why)
{
	machine->n_pushes++;
	return 0;
}

uint32_t __real_coarse_ms(void);
uint32_t __wrap_coarse_ms(void);

uint32_t __wrap_coarse_ms(void)
{
	return __real_coarse_ms() + machine->ahead_ms;
}

static char folder[] = "/tmp/bardo-generationd-XXXXXX";

static const char *in_folder(const char *name)
{
	static char path[2][64];
	static unsigned i;

	i ^= 1;
	snprintf(path[i], sizeof(path[i]), "%s/%s", folder, name);
	return path[i];
}

static bool make_clock(const char *path)
{
	const uint32_t magic = 0x4b4c4356, bytes = 0x70, flags = 1 << 8;
	const uint16_t version = 1;
	const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	uint8_t *p;

	if (fd < 0 || ftruncate(fd, PAGE_BYTES) < 0)
		return false;
	p = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return false;
	memcpy(p, &magic, 4);
	memcpy(p + 4, &bytes, 4);
	memcpy(p + 8, &version, 2);
	memcpy(p + 24, &flags, 4);
	count = (volatile uint64_t *)(p + 0x68);
	*count = 7;
	close(fd);
	return true;
}

/* A /dev with random numbers and a clock, and no /dev/mem. */
static bool make_dev(void)
{
	static const char *const nodes[] = { "null", "random", "urandom" };
	const char *dev = in_folder("dev");
	char from[32], to[80];
	size_t i;

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mkdir(dev, 0755) < 0 || mount("tmpfs", dev, "tmpfs", 0, "mode=755") < 0)
		return false;
	for (i = 0; i < ARRAY_SIZE(nodes); i++) {
		snprintf(from, sizeof(from), "/dev/%s", nodes[i]);
		snprintf(to, sizeof(to), "%s/%s", dev, nodes[i]);
		close(open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
		if (mount(from, to, NULL, MS_BIND, NULL) < 0)
			return false;
	}
	return mount(dev, "/dev", NULL, MS_MOVE, NULL) == 0 && make_clock("/dev/vmclock0");
}

/* ------------------------------------------------------------------- the daemon */

static int notified = -1;
static const char *restager;

static void warn(const struct why *why)
{
	printf("# daemon: %s\n", why->text);
}

static pid_t start_daemon(void)
{
	const struct generationd_options options = { .folder = folder,
						     .interval_us = INTERVAL_US,
						     .open = true,
						     .bardo = restager,
						     .warn = warn };
	const pid_t pid = fork();
	struct why why;

	if (pid == 0) {
		/* what it finds is found: it is taken away behind that */
		if (machine->is_old && self_ready())
			vdso.fn = NULL;
		generationd_run(&options, &why);
		warn(&why);
		fflush(stdout);
		_exit(1);
	}
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void pause_ms(long ms)
{
	const struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

static long ms_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void forget_told(void)
{
	char text[64];

	while (recv(notified, text, sizeof(text), MSG_DONTWAIT) >= 0)
		;
}

/* systemd hears of it. */
static bool tells(const char *want)
{
	const long until = ms_now() + PATIENCE_MS;
	struct pollfd p = { notified, POLLIN, 0 };
	char text[320];
	ssize_t n;

	while (ms_now() < until && poll(&p, 1, PATIENCE_MS) > 0) {
		n = recv(notified, text, sizeof(text), 0);
		if (n == (ssize_t)strlen(want) && memcmp(text, want, (size_t)n) == 0)
			return true;
	}
	return false;
}

static const volatile struct published *page(void)
{
	static const volatile struct published *p;
	int fd;

	if (p)
		return p;
	fd = open(in_folder("generation"), O_RDONLY | O_CLOEXEC);
	p = mmap(NULL, PAGE_BYTES, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	require(p != MAP_FAILED);
	return p;
}

static bool alive_within(bool alive, long ms)
{
	const long until = ms_now() + ms;

	while (published_alive(page()) != alive) {
		if (ms_now() > until)
			return false;
		pause_ms(1);
	}
	return true;
}

/* It had its turns, and says nothing. */
static bool keeps_quiet(void)
{
	forget_told();
	return tells("WATCHDOG=1") && !alive_within(true, QUIET_MS);
}

struct identity_of {
	uint64_t identity[2], clock;
};

static struct identity_of published_now(void)
{
	return (struct identity_of){ { page()->identity[0], page()->identity[1] }, page()->clock };
}

static bool same(struct identity_of a, struct identity_of b)
{
	return a.identity[0] == b.identity[0] && a.identity[1] == b.identity[1];
}

/* Of a process that waits since the clone: may it go on with what the page says? */
static bool can_differ(void)
{
	uint64_t identity[2];

	return detector_identity(identity);
}

/* 0, or why nothing comes from its socket: -EAGAIN when somebody has it and does not answer. */
static int ask_clock(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), r = 0;
	struct timeval patience = { .tv_sec = 10 };
	char byte;

	snprintf(a.sun_path, sizeof(a.sun_path), "%s/vmclock", folder);
	setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (connect(s, (const struct sockaddr *)&a, sizeof(a)) < 0 || recv(s, &byte, 1, 0) < 0)
		r = -errno;
	close(s);
	return r;
}

/* ------------------------------------------------------------------------ tests */

/* A table that names a VM generation ID, and a /dev/mem that does not show it. */
static bool hide_id(void)
{
	const struct bytes table = tiny_aml[TINY_AML_QEMU];
	int fd;

	if (mkdir("/dev/mem", 0755) < 0 || unshare(CLONE_NEWNS) < 0 ||
	    mount("tmpfs", "/sys", "tmpfs", 0, NULL) < 0 || mkdir("/sys/firmware", 0755) < 0 ||
	    mkdir("/sys/firmware/acpi", 0755) < 0 || mkdir("/sys/firmware/acpi/tables", 0755) < 0)
		return false;
	fd = open("/sys/firmware/acpi/tables/SSDT1", O_WRONLY | O_CREAT | O_CLOEXEC, 0444);
	return fd >= 0 && write(fd, table.p, table.n) == (ssize_t)table.n && close(fd) == 0;
}

/* Nothing to look at, or nothing that can be read: an exit status of its own, and no second start.
 */
static void test_nothing(const char *bardo, bool hidden, const char *said)
{
	int status = -1;
	pid_t pid;

	require(rename("/dev/vmclock0", "/dev/gone") == 0);
	pid = fork();
	if (pid == 0) {
		if (!hidden || hide_id())
			execl(bardo, "bardo", "generationd", "--folder", folder, NULL);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	check_msg(WIFEXITED(status) && WEXITSTATUS(status) == 3, "without a clock: %#x",
		  (unsigned)status);
	/* or systemd would take its end for a failed start */
	check(tells(said));
	(void)rmdir("/dev/mem");
	require(rename("/dev/gone", "/dev/vmclock0") == 0);
}

static pid_t test_first(void)
{
	const pid_t pid = start_daemon();

	check(tells("READY=1"));
	check(keeps_quiet());
	check(page()->generation == 0 && machine->n_pushes == 0);
	check(ask_clock() == 0);
	machine->reseeds++;
	check(alive_within(true, PATIENCE_MS));
	check(page()->clock == *count && (page()->identity[0] | page()->identity[1]) != 0);
	check(page()->source == GUARD_VMCLOCK && machine->n_pushes == 1);
	detector_published_at(in_folder("generation"));
	check(detector_use(GUARD_VMCLOCK) && can_differ());
	return pid;
}

/* Nothing is published before the reseed, however often it is started. */
static pid_t test_clone(pid_t pid)
{
	struct identity_of before = published_now();

	(*count)++;
	check(alive_within(false, PATIENCE_MS));
	check(keeps_quiet() && !can_differ());
	check(ask_clock() == 0);
	end(pid);
	check(!can_differ());
	pid = start_daemon();
	check(keeps_quiet() && !can_differ());
	end(pid);
	/* what counted for the one before does not for the next one */
	machine->reseeds++;
	pid = start_daemon();
	check(keeps_quiet() && !can_differ());
	machine->reseeds++;
	check(alive_within(true, PATIENCE_MS) && can_differ());
	check(page()->clock == *count && !same(before, published_now()));
	return pid;
}

/* Cloned while no daemon ran; and not. */
static pid_t test_unwatched(pid_t pid)
{
	struct identity_of before = published_now();
	uint64_t generation = page()->generation;

	end(pid);
	pid = start_daemon();
	check(alive_within(true, PATIENCE_MS) && can_differ());
	check(same(before, published_now()) && page()->generation != generation);
	end(pid);
	(*count)++;
	pid = start_daemon();
	check(keeps_quiet() && !can_differ());
	machine->reseeds++;
	check(alive_within(true, PATIENCE_MS) && can_differ() && !same(before, published_now()));
	return pid;
}

/* Another clone in the middle of the wait: the reseed has to come behind that one. */
static void test_twice(void)
{
	(*count)++;
	check(alive_within(false, PATIENCE_MS));
	(*count)++;
	check(keeps_quiet());
	machine->reseeds++;
	check(alive_within(true, PATIENCE_MS) && page()->clock == *count);
}

/* With the processor's numbers there is nothing to wait for. */
static void test_processor(void)
{
	struct identity_of before = published_now();
	const long until = ms_now() + PATIENCE_MS;

	machine->has_cpu_random = true;
	(*count)++;
	while (page()->clock != *count && ms_now() < until)
		pause_ms(1);
	check(page()->clock == *count && published_alive(page()) && can_differ());
	check(!same(before, published_now()));
}

static bool counts_another(uint32_t before)
{
	const long until = ms_now() + PATIENCE_MS;

	while (page()->reseeds == before && ms_now() < until)
		pause_ms(1);
	return page()->reseeds != before;
}

/* The kernel's reseeds; and where those cannot be seen, as many as there are at least. */
static pid_t test_counts(pid_t pid)
{
	uint32_t before = page()->reseeds;

	pause_ms(QUIET_MS);
	check(page()->reseeds == before && detector_owned(page()->counts));
	machine->reseeds++;
	if (self_ready() && kernel_vdso_present())
		check(counts_another(before));
	else
		skip("the kernel's reseeds cannot be seen");
	end(pid);
	check(!detector_owned(page()->counts));
	machine->is_old = true;
	pid = start_daemon();
	check(alive_within(true, PATIENCE_MS) && detector_owned(page()->counts));
	before = page()->reseeds;
	machine->reseeds++;
	pause_ms(QUIET_MS);
	check(page()->reseeds == before);
	machine->ahead_ms = 60000;
	check(counts_another(before));
	machine->is_old = false;
	return pid;
}

/* As nobody: whoever can read the folder holds what can be held there, for as long as we like. */
static pid_t hold_all(void)
{
	int ready[2];
	pid_t pid;
	char byte;

	require(pipe(ready) == 0);
	pid = fork();
	if (pid == 0) {
		const char *const names[] = { "generation", "lock", "cloned", "" };
		struct flock whole = { .l_type = F_RDLCK };
		unsigned i;

		if (geteuid() == 0 && setresuid(NOBODY, NOBODY, NOBODY) < 0)
			_exit(1);
		for (i = 0; i < ARRAY_SIZE(names); i++) {
			int fd = open(in_folder(names[i]), O_RDONLY | O_CLOEXEC);

			if (fd < 0)
				continue;
			flock(fd, LOCK_EX | LOCK_NB);
			fcntl(fd, F_SETLK, &whole);
			fcntl(fd, F_OFD_SETLK, &whole);
		}
		(void)!write(ready[1], "", 1);
		for (;;)
			pause();
	}
	require(read(ready[0], &byte, 1) == 1);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

static pid_t test_locks(pid_t pid)
{
	struct stat st;
	pid_t holder;

	check(stat(in_folder("lock"), &st) == 0 && (st.st_mode & 0777) == 0600);
	if (geteuid() != 0) {
		skip("nobody else to be: not root");
		return pid;
	}
	end(pid);
	holder = hold_all();
	pid = start_daemon();
	check(alive_within(true, PATIENCE_MS));
	end(holder);
	return pid;
}

/* A child of the daemon's that lives longer holds neither the lock nor the socket. */
static void test_child(pid_t pid)
{
	const char *script = in_folder("bardo");
	FILE *f = fopen(script, "we");
	pid_t next;

	require(f);
	fprintf(f, "#!/bin/sh\n>%s/staging\nexec sleep 1000\n", folder);
	fclose(f);
	require(chmod(script, 0700) == 0);
	end(pid);
	restager = script;
	pid = start_daemon();
	for (int i = 0; i < PATIENCE_MS && access(in_folder("staging"), F_OK) < 0; i++)
		pause_ms(1);
	check(access(in_folder("staging"), F_OK) == 0 && alive_within(true, PATIENCE_MS));
	end(pid);
	check(ask_clock() == -ECONNREFUSED);
	restager = NULL;
	next = start_daemon();
	check(alive_within(true, PATIENCE_MS) && ask_clock() == 0);
	end(next);
}

static void listen_as_systemd(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	snprintf(a.sun_path, sizeof(a.sun_path), "%s/notify", folder);
	notified = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	require(bind(notified, (const struct sockaddr *)&a, sizeof(a)) == 0);
	setenv("NOTIFY_SOCKET", a.sun_path, 1);
}

static int run(const char *bardo)
{
	pid_t pid;

	machine = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	require(machine != MAP_FAILED);
	if (!make_dev()) {
		skip("no namespace to be had");
		return tap_done();
	}
	listen_as_systemd();
	test_nothing(
		bardo, false,
		"READY=1\nSTATUS=this machine has neither a VM generation ID nor vmclock, so a "
		"clone cannot be noticed");
	test_nothing(bardo, true,
		     "READY=1\nSTATUS=/dev/mem: VM generation id at 0x1ffff028: No such device; "
		     "and this machine has no vmclock, so a clone cannot be noticed");
	pid = test_first();
	pid = test_clone(pid);
	pid = test_unwatched(pid);
	test_twice();
	test_processor();
	pid = test_counts(pid);
	pid = test_locks(pid);
	test_child(pid);
	return tap_done();
}

int main(int argc, char **argv)
{
	pid_t pid;
	int status = -1;
	char command[64];

	require(argc == 2 && mkdtemp(folder) && chmod(folder, 0755) == 0);
	/* what is left behind ends with the process group */
	pid = fork();
	if (pid == 0) {
		setpgid(0, 0);
		status = run(argv[1]);
		fflush(stdout);
		_exit(status);
	}
	waitpid(pid, &status, 0);
	kill(-pid, SIGKILL);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	if (system(command) != 0)
		return 1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
