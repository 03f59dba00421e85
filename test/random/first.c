// SPDX-License-Identifier: MIT
/*
 * A process's first draw, where little is allowed: in a handler that interrupted
 * malloc(), in the child of a fork that came in the middle of another thread's first
 * draw, with no memory to be had, without /dev and /run, and under a filter.
 */
#include <vgetrandom.h>

#include "random/detector.h"
#include "random/states.h"
#include "tap.h"

#include <errno.h>
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
#include <time.h>
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

/* Each begins anew, in a process whose library was never used. */
static int in_child(void (*run)(void))
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		alarm(PATIENCE_SECONDS);
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

static void fork_in_first_draw(void)
{
	pthread_t t;

	detector_published_at(path);
	pthread_create(&t, NULL, first_draw, NULL);
	usleep(200000);
	if (fork() == 0) {
		alarm(PATIENCE_SECONDS / 2);
		detector_published_at("/nonexistent");
		draws();
		_exit(0);
	} else {
		int status = -1;

		wait(&status);
		_exit(status != 0);
	}
}

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
	_exit(taken != 0 || vgetrandom_u32() == vgetrandom_u32());
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

/* The calls that vgetrandom(3) names for a program that filters; another one is the end, or fails.
 */
static void filter(uint32_t others)
{
	static const uint16_t allowed[] = {
		SYS_getrandom,
		SYS_gettid,
		SYS_clock_gettime,
		SYS_clock_nanosleep,
		SYS_rt_sigprocmask,
		SYS_mmap,
		SYS_madvise,
		SYS_munmap,
		/* the test's own */
		SYS_exit_group,
		SYS_write,
	};
	struct sock_filter f[2 * ARRAY_SIZE(allowed) + 2], *next = f;
	struct sock_fprog p = { ARRAY_SIZE(f), f };
	size_t i;

	*next++ = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
					       offsetof(struct seccomp_data, nr));
	for (i = 0; i < ARRAY_SIZE(allowed); i++) {
		*next++ = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, allowed[i], 0, 1);
		*next++ = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	}
	*next++ = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, others);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &p) < 0)
		_exit(77);
}

/* Draws of all kinds, a new key and a tick of the clock among them. */
static void draws_on(void)
{
	struct timespec now, end;
	uint8_t big[5000];
	unsigned num = 1, size;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += 2;
	do {
		draws();
		vgetrandom_fill(big, sizeof(big));
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec < end.tv_sec);
	if (vgetrandom(big, 8, 0, vgetrandom_alloc(&num, &size, 0, 0)) != 8 ||
	    vgetrandom_generation() == 0)
		_exit(1);
}

static void under_filter_that_kills(void)
{
	detector_use(GUARD_BLIND);
	vgetrandom_generation();
	filter(SECCOMP_RET_KILL_PROCESS);
	draws_on();
}

static void under_filter_that_refuses(void)
{
	vgetrandom_generation();
	filter(SECCOMP_RET_ERRNO | EPERM);
	draws_on();
}

int main(void)
{
	require(mkdtemp(folder) != NULL);
	snprintf(path, sizeof(path), "%s/pipe", folder);
	require(mkfifo(path, 0600) == 0);
	detector_published_at("/nonexistent");
	check(in_child(begin_without_heap) == 0);
	check(in_child(fork_in_first_draw) == 0);
	check(in_child(without_memory) == 0);
	if (geteuid() == 0)
		check(in_child(without_files) == 0);
	else
		skip("only root may chroot");
	check(in_child(under_filter_that_kills) == 0);
	check(in_child(under_filter_that_refuses) == 0);
	unlink(path);
	rmdir(folder);
	return tap_done();
}
