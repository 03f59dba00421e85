// SPDX-License-Identifier: MIT
/*
 * A process's first draw, where little is allowed or something comes in between: in a
 * handler that interrupted malloc(), beside another thread's first draw and in the child of
 * a fork that came in the middle of one, cancelled, with no memory to be had or none that a
 * fork wipes, without /dev and /run, and with calls that are answered by a signal.
 */
#include <vgetrandom.h>

#include "random/detector.h"
#include "random/memory.h"
#include "random/self.h"
#include "random/states.h"
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

enum { HEAP_BYTES = 1 << 20, PATIENCE_SECONDS = 60 };

/* ------------------------------------------------------------------ malloc */

/* Ours in place of the C library's, for all that is called below: it counts. */
static uint8_t heap[HEAP_BYTES] __attribute__((aligned(16)));
static size_t heap_used;
static unsigned n_allocations;

void *malloc(size_t n)
{
	size_t at = heap_used;

	n_allocations++;
	n = (n + 15) & ~(size_t)15;
	if (n > HEAP_BYTES - heap_used)
		return NULL;
	heap_used += n;
	return heap + at;
}

void *calloc(size_t n, size_t each)
{
	return malloc(n * each); /* nothing is used twice, so all is zero */
}

void *realloc(void *p, size_t n)
{
	void *q = malloc(n);

	if (p && q)
		memmove(q, p, n);
	return q;
}

void free(void *p)
{
}

/* --------------------------------------------------------------- children */

/* Each begins anew. */
static int in_child(void (*run)(void))
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		alarm(PATIENCE_SECONDS);
		self_forget();
		run();
		_exit(0);
	}
	waitpid(pid, &status, 0);
	return status;
}

static void draws(void)
{
	uint64_t a = vgetrandom_u64(), b = vgetrandom_u64();

	if (a == b || a == 0 || b == 0)
		_exit(1);
}

static void begin_without_heap(void)
{
	volatile void *p = malloc(1); /* else the compiler knows that there is none */
	unsigned before = n_allocations;

	draws();
	vgetrandom_generation();
	_exit(!p || before == 0 || n_allocations != before);
}

/* A pipe in the place of the daemon's page: who opens it waits there. */
static char folder[] = "/tmp/bardo-first-XXXXXX";
static char path[64];

static void *first_draw(void *unused)
{
	vgetrandom_u64();
	return NULL;
}

static volatile sig_atomic_t handled;

static void on_signal(int sig)
{
	draws();
	handled++;
}

/* Long enough for the other thread to come to where it waits. */
static void a_while(void)
{
	usleep(200000);
}

/* A thread that is held up in its first draw. */
static pthread_t held_up(void)
{
	struct sigaction sa = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
	pthread_t t;

	sigaction(SIGUSR1, &sa, NULL);
	detector_published_at(path);
	pthread_create(&t, NULL, first_draw, NULL);
	a_while();
	return t;
}

static void let_go(pthread_t t)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	pthread_join(t, NULL);
	close(fd);
}

static void beside_first_draw(void)
{
	pthread_t t = held_up();
	uint64_t generation = vgetrandom_generation();

	draws();
	pthread_kill(t, SIGUSR1);
	a_while();
	if (handled != 1)
		_exit(2);
	/* nothing of before the beginning is known to be still so */
	let_go(t);
	_exit(vgetrandom_still_current(generation) ||
	      !vgetrandom_still_current(vgetrandom_generation()));
}

static void fork_in_first_draw(void)
{
	pthread_t t = held_up();
	int status = -1;

	if (fork() == 0) {
		alarm(PATIENCE_SECONDS / 2);
		draws();
		_exit(vgetrandom_generation() == 0);
	}
	wait(&status);
	let_go(t);
	_exit(status != 0);
}

/* ----------------------------------------------------------- cancellation */

static volatile bool came_back;

static void *cancelled_first(void *unused)
{
	pthread_cancel(pthread_self());
	vgetrandom_u64();
	vgetrandom_generation();
	came_back = true;
	pthread_testcancel();
	return NULL;
}

/* A draw is no cancellation point, and a thread that ends does not keep others from drawing. */
static void cancelled_in_first_draw(void)
{
	void *end;
	pthread_t t;

	pthread_create(&t, NULL, cancelled_first, NULL);
	pthread_join(t, &end);
	draws();
	_exit(!came_back || end != PTHREAD_CANCELED);
}

static void answer(const uint16_t *calls, size_t n, uint32_t with)
{
	struct sock_filter f[2 + 2 * 8], *next = f;
	struct sock_fprog p = { (unsigned short)(2 + 2 * n), f };
	size_t i;

	*next++ = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
					       offsetof(struct seccomp_data, nr));
	for (i = 0; i < n; i++) {
		*next++ = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, calls[i], 0, 1);
		*next++ = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, with);
	}
	*next++ = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &p) < 0)
		_exit(77);
}

static const uint16_t getrandom_call[] = { SYS_getrandom };

/* The kernel's devices in its place: with open(2), poll(2) and read(2). */
static void cancelled_at_devices(void)
{
	answer(getrandom_call, 1, SECCOMP_RET_ERRNO | EPERM);
	cancelled_in_first_draw();
}

static void *draw_for_ever(void *unused)
{
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
	for (;;)
		vgetrandom_u64();
	return NULL;
}

/* Not promised to be right, but no other thread may wait for the one that is gone. */
static void cancelled_anywhere(void)
{
	unsigned i;

	for (i = 0; i < 100; i++) {
		pthread_t t;

		self_begun = 0; /* so that many are in the beginning */
		pthread_create(&t, NULL, draw_for_ever, NULL);
		usleep(i * 20);
		pthread_cancel(t);
		pthread_join(t, NULL);
		draws();
	}
}

/* ------------------------------------------------------ what is not to be had */

static void without_memory(void)
{
	struct rlimit none = { 0, 0 };
	unsigned taken, all;

	if (setrlimit(RLIMIT_AS, &none) < 0)
		_exit(9);
	draws();
	vgetrandom_generation();
	/* the limit did what it should: there is no state */
	states_count(&taken, &all);
	_exit(all != 0 || vgetrandom_u32() == vgetrandom_u32());
}

/* Of the thread's state and of a caller's. */
static void draw_both(void *callers, uint64_t ret_v[2])
{
	ret_v[0] = vgetrandom_u64();
	/* where nothing may be mapped there is none */
	if (callers == MAP_FAILED)
		ret_v[1] = vgetrandom_u64();
	else if (vgetrandom(&ret_v[1], 8, 0, callers) != 8)
		_exit(4);
}

static bool child_differs(void)
{
	uint64_t before = vgetrandom_generation(), mine[2], childs[2] = { 0 };
	unsigned num = 1, size;
	void *callers = vgetrandom_alloc(&num, &size, 0, 0);
	int p[2], status = -1;

	/* so often that something is kept, if anything is */
	for (unsigned i = 0; i < 3; i++)
		draw_both(callers, mine);
	if (pipe(p) < 0 || !vgetrandom_still_current(before))
		return false;
	if (fork() == 0) {
		draw_both(callers, childs);
		_exit(vgetrandom_still_current(before) || write(p[1], childs, 16) != 16);
	}
	draw_both(callers, mine);
	return wait(&status) > 0 && status == 0 && read(p[0], childs, 16) == 16 &&
	       childs[0] != mine[0] && childs[1] != mine[1] && vgetrandom_still_current(before);
}

/* An old kernel, gVisor, a filter: MADV_WIPEONFORK is not there, or not for us. */
static void cannot_wipe(const uint16_t *calls, size_t n, int error)
{
	unsigned taken, all;

	memory_deny_droppable(true);
	if (n)
		answer(calls, n, SECCOMP_RET_ERRNO | (uint32_t)error);
	self_begin();
	draws();
	states_count(&taken, &all);
	if (detector_level() != GUARD_NONE || all != 0 || self_forks_wipe())
		_exit(2);
	_exit(!child_differs());
}

/* A daemon's page, as if it lived. In a child, which writes no TAP. */
static void publish(const char *at)
{
	const int fd = open(at, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	struct published page = { PUBLISHED_MAGIC, PUBLISHED_VERSION, sizeof(page), 1, 1 };
	struct stat st;

	if (fd < 0 || posix_fallocate(fd, 0, PAGE_BYTES) != 0 || fstat(fd, &st) < 0)
		_exit(9);
	page.device = st.st_dev;
	page.inode = st.st_ino;
	page.beat = published_clock();
	if (pwrite(fd, &page, sizeof(page), 0) != sizeof(page))
		_exit(9);
	close(fd);
}

static bool advises_nothing;
int __real_madvise(void *p, size_t n, int advice);
int __wrap_madvise(void *p, size_t n, int advice);

int __wrap_madvise(void *p, size_t n, int advice)
{
	errno = EINVAL;
	return advises_nothing ? -1 : __real_madvise(p, n, advice);
}

/* Nor is anything kept where somebody watches, and no filter keeps us from seeing it. */
static void without_wiping(void)
{
	char page[80];

	snprintf(page, sizeof(page), "%s/generation", folder);
	publish(page);
	detector_published_at(page);
	if (!detector_use(GUARD_PUBLISHED))
		_exit(3);
	self_forget();
	advises_nothing = true;
	cannot_wipe(NULL, 0, 0);
}

static void advice_refused(void)
{
	static const uint16_t calls[] = { SYS_madvise };

	cannot_wipe(calls, 1, EINVAL);
}

static void without_mapping(void)
{
	static const uint16_t calls[] = { SYS_madvise, SYS_mmap };

	cannot_wipe(calls, 2, EPERM);
}

/* The calls that getrandom(3) does not make either are all missing. */
static void with_nothing(void)
{
	static const uint16_t calls[] = { SYS_madvise, SYS_mmap, SYS_gettid, SYS_rt_sigprocmask,
					  SYS_openat,  SYS_read, SYS_socket, SYS_close };

	memory_deny_droppable(true);
	answer(calls, ARRAY_SIZE(calls), SECCOMP_RET_ERRNO | ENOSYS);
	draws();
	_exit(vgetrandom_generation() == 0 || detector_level() != GUARD_NONE);
}

static void without_files(void)
{
	if (chdir(folder) < 0 || chroot(".") < 0)
		_exit(9);
	draws();
	if (detector_level() != GUARD_NONE)
		_exit(2);
	draws();
}

/* As in a browser: what a program may not do comes as SIGSYS, and its handler answers. */
static void on_sigsys(int sig, siginfo_t *si, void *context)
{
	ucontext_t *uc = context;

	handled++;
#if defined(__x86_64__)
	uc->uc_mcontext.gregs[REG_RAX] = -EACCES;
#elif defined(__aarch64__)
	uc->uc_mcontext.regs[0] = (unsigned long long)-EACCES;
#endif
}

static void with_broker(void)
{
	static const uint16_t calls[] = { SYS_openat, SYS_madvise, SYS_mmap, SYS_clock_nanosleep };
	struct sigaction sa = { .sa_sigaction = on_sigsys, .sa_flags = SA_SIGINFO };

	sigaction(SIGSYS, &sa, NULL);
	answer(calls, ARRAY_SIZE(calls), SECCOMP_RET_TRAP);
	draws();
	_exit(handled == 0 || vgetrandom_generation() == 0);
}

int main(void)
{
	require(mkdtemp(folder) != NULL);
	snprintf(path, sizeof(path), "%s/pipe", folder);
	require(mkfifo(path, 0600) == 0);
	detector_published_at("/nonexistent");
	check(in_child(begin_without_heap) == 0);
	check(in_child(beside_first_draw) == 0);
	check(in_child(fork_in_first_draw) == 0);
	check(in_child(cancelled_in_first_draw) == 0);
	check(in_child(cancelled_at_devices) == 0);
	check(in_child(cancelled_anywhere) == 0);
	check(in_child(without_memory) == 0);
	check(in_child(without_wiping) == 0);
	check(in_child(advice_refused) == 0);
	check(in_child(without_mapping) == 0);
	check(in_child(with_nothing) == 0);
	if (geteuid() == 0)
		check(in_child(without_files) == 0);
	else
		skip("only root may chroot");
	check(in_child(with_broker) == 0);
	unlink(path);
	snprintf(path, sizeof(path), "%s/generation", folder);
	unlink(path);
	rmdir(folder);
	return tap_done();
}
