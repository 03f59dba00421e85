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
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { HEAP_BYTES = 1 << 20, PATIENCE_SECONDS = 10 };

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
	unlink(path);
	rmdir(folder);
	return tap_done();
}
