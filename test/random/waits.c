// SPDX-License-Identifier: MIT
/*
 * Threads in the moment of a new generation: nobody believes in the old one any more,
 * who may not wait does not, and who waits can still be interrupted. The detector is
 * the test's own memory, with nothing that would make clones differ.
 */
#include <vgetrandom.h>

#include "random/detector.h"
#include "random/self.h"
#include "tap.h"
#include "traced.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile uint64_t count = 7;
static const uint64_t zero;

static void use_count(void)
{
	detector_published_at("/nonexistent");
	detector.word[0] = &count;
	detector.word[1] = detector.word[2] = &zero;
	detector.kind = GUARD_VMCLOCK;
}

/* --------------------------------------------------------------- the race */

/*
 * While one thread goes through the change, instruction by instruction, another one
 * asks after each of them whether the old generation still is the one.
 */
static int asked[2], answered[2];
static uint64_t old;

static void *answer(void *unused)
{
	char byte;

	while (read(asked[0], &byte, 1) == 1) {
		byte = self_is(old);
		if (write(answered[1], &byte, 1) != 1)
			break;
	}
	return NULL;
}

static void change(void)
{
	pthread_t t;

	old = vgetrandom_generation();
	pthread_create(&t, NULL, answer, NULL);
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	count++;
	raise(SIGSTOP);
	vgetrandom_generation();
	_exit(self_is(old) || vgetrandom_generation() == old);
}

static bool ask(void)
{
	char byte = 0;

	/* no answer is a wrong one */
	return write(asked[1], &byte, 1) != 1 || read(answered[0], &byte, 1) != 1 || byte;
}

static void test_race(void)
{
	unsigned steps = 0, wrong = 0;
	int status = 0;
	pid_t pid;

	require(pipe(asked) == 0 && pipe(answered) == 0);
	pid = fork();
	if (pid == 0)
		change();
	waitpid(pid, &status, 0);
	if (!WIFSTOPPED(status)) {
		skip("no process may be traced here");
		return;
	}
	while (WIFSTOPPED(status)) {
		wrong += ask();
		steps++;
		if (!traced_step(pid, 0, &status))
			break;
	}
	check_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0 && wrong == 0 && steps > 1000,
		  "the old generation was believed in after %u of %u instructions", wrong, steps);
}

/* --------------------------------------------------------------- the wait */

static volatile sig_atomic_t interrupted, drawn;

static void on_signal(int sig)
{
	interrupted++;
}

static void *draw(void *unused)
{
	vgetrandom_u64();
	drawn = 1;
	return NULL;
}

static long ms_since(const struct timespec *from)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - from->tv_sec) * 1000 + (now.tv_nsec - from->tv_nsec) / 1000000;
}

/* One thread waits for the kernel's reseed; another one may not. */
static void test_wait(void)
{
	struct sigaction sa = { .sa_handler = on_signal };
	unsigned num = 1, size;
	void *s = vgetrandom_alloc(&num, &size, 0, 0);
	struct timespec from;
	uint64_t v = 0;
	pthread_t t;
	int r;

	sigaction(SIGUSR1, &sa, NULL);
	vgetrandom_generation();
	self_deny_cpu_random(true);
	count++;
	pthread_create(&t, NULL, draw, NULL);
	usleep(100000);
	check(!drawn);
	clock_gettime(CLOCK_MONOTONIC, &from);
	alarm(60);
	r = (int)vgetrandom(&v, sizeof(v), GRND_NONBLOCK, s);
	check_msg(r == -EAGAIN && v == 0 && ms_since(&from) < 20000,
		  "GRND_NONBLOCK beside one who waits: %d after %ld ms", r, ms_since(&from));
	pthread_kill(t, SIGUSR1);
	for (unsigned i = 0; i < 1000 && !interrupted; i++)
		usleep(20000);
	check_msg(interrupted == 1 && !drawn, "who waits has his signals");
	/* who is cancelled in the wait has his number all the same: it is no cancellation point */
	pthread_cancel(t);
	usleep(100000);
	self_deny_cpu_random(false);
	pthread_join(t, NULL);
	check(drawn && vgetrandom(&v, sizeof(v), GRND_NONBLOCK, s) == sizeof(v));
	munmap(s, (size_t)num * size);
}

int main(void)
{
	use_count();
	test_race();
	test_wait();
	return tap_done();
}
