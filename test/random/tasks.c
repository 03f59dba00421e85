// SPDX-License-Identifier: MIT
/*
 * Everything that makes a task: fork, vfork, clone with and without the memory,
 * threads by the thousand; and signals that come in the middle. All numbers that
 * any of them drew are compared with each other.
 */
#include <vgetrandom.h>

#include "random/detector.h"
#include "random/memory.h"
#include "random/states.h"
#include "tap.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	VALUES_MOST = 1 << 21,
	N_FORKS = 300,
	N_THREADS = 1000,
	AT_ONCE = 50,
	EACH = 200,
	STACK_BYTES = 1 << 18, /* a thread on arm64 has to have 128 KiB */
	SIGNALS_MS = 1500
};

/* shared with children: what all of them drew */
static struct {
	uint64_t n;
	uint64_t v[VALUES_MOST];
} * all;

static void keep(uint64_t v)
{
	uint64_t i = __atomic_fetch_add(&all->n, 1, __ATOMIC_RELAXED);

	if (i < VALUES_MOST)
		all->v[i] = v;
}

static void draw(unsigned n)
{
	while (n--)
		keep(vgetrandom_u64());
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void check_distinct(const char *what)
{
	uint64_t n = all->n < VALUES_MOST ? all->n : VALUES_MOST, i, same = 0;

	qsort(all->v, n, sizeof(all->v[0]), compare);
	for (i = 1; i < n; i++)
		same += all->v[i] == all->v[i - 1];
	check_msg(n > 0 && same == 0 && all->v[0] != 0, "%s: %ju values, %ju repeat", what,
		  (uintmax_t)all->n, (uintmax_t)same);
	all->n = 0;
}

/* ------------------------------------------------------------------- forks */

static void test_fork(void)
{
	unsigned i, bad = 0;
	int status;

	for (i = 0; i < N_FORKS; i++) {
		draw(1);
		if (fork() == 0) {
			draw(5);
			/* a child's child, from a state that the child has just made */
			if (fork() == 0) {
				draw(5);
				_exit(0);
			}
			draw(5);
			wait(NULL);
			_exit(0);
		}
		draw(5);
		bad += wait(&status) < 0 || status != 0;
	}
	check(bad == 0);
	check_distinct("fork in fork");
}

static void test_vfork(void)
{
	/* volatile: the child runs in this frame */
	volatile unsigned i;

	for (i = 0; i < N_FORKS; i++) {
		if (vfork() == 0) {
			draw(3);
			_exit(0);
		}
		draw(3);
		wait(NULL);
	}
	check_distinct("vfork");
}

static int child(void *n)
{
	draw((unsigned)(uintptr_t)n);
	return 0;
}

/*
 * A bare clone(CLONE_VM): two tasks run at once with one thread pointer, so with
 * one state between them.
 */
static void test_clone(int flags, const char *what)
{
	static uint8_t stacks[2][STACK_BYTES] __attribute__((aligned(4096)));
	unsigned i, bad = 0;
	int status;

	for (i = 0; i < N_FORKS / 3; i++) {
		pid_t a = clone(child, stacks[0] + STACK_BYTES, flags | SIGCHLD, (void *)100);
		pid_t b = clone(child, stacks[1] + STACK_BYTES, flags | SIGCHLD, (void *)100);

		draw(100);
		bad += waitpid(a, &status, 0) != a || status != 0;
		bad += waitpid(b, &status, 0) != b || status != 0;
	}
	check_msg(bad == 0, "%s: all children ended well", what);
	check_distinct(what);
}

static int stranger(void *unused)
{
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	kill(getpid(), SIGSTOP);
	draw(1);
	return 0;
}

/* The state that this thread draws from: the one that a thread would get next stands behind it. */
static struct state *own_state(void)
{
	struct state *s;

	vgetrandom_u32();
	s = states_take();
	states_give(s);
	return s - 1;
}

/*
 * Wherever in its draw a stranger is, the thread whose state it is draws from it and finds
 * it free. Were it otherwise, a stranger that leaves could tell a handler of
 * that thread that no draw is under way.
 */
static void step_stranger(uint8_t *stack)
{
	const struct state *s = own_state();
	unsigned steps = 0, kept_out = 0;
	int status = 0;
	uint32_t left;
	pid_t pid = clone(stranger, stack + STACK_BYTES, CLONE_VM | SIGCHLD, NULL);

	waitpid(pid, &status, 0);
	if (!WIFSTOPPED(status)) {
		skip("no process may be traced here");
		return;
	}
	while (WIFSTOPPED(status)) {
		left = s->left;
		draw(1);
		kept_out += s->left == left;
		steps++;
		if (ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL) < 0 || waitpid(pid, &status, 0) < 0)
			break;
	}
	check_msg(WIFEXITED(status) && steps > 1000 && kept_out == 0,
		  "a stranger: kept the thread out after %u of %u instructions", kept_out, steps);
	check_distinct("a stranger's draw");
}

static void *step_neighbour(void *stack)
{
	step_stranger(stack);
	return NULL;
}

/* However near the two stacks are, one right below the other: they share no page. */
static void test_neighbour(void)
{
	/* all of it lies in one block of that size, so what is larger than a page is shared */
	const size_t n_bytes = 2 * STACK_BYTES;
	uint8_t *room =
		mmap(NULL, 2 * n_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint8_t *stacks = (uint8_t *)align_up((uintptr_t)room, n_bytes);
	pthread_attr_t attr;
	pthread_t t;

	require(room != MAP_FAILED && pthread_attr_init(&attr) == 0);
	require(pthread_attr_setstack(&attr, stacks + STACK_BYTES, n_bytes - STACK_BYTES) == 0);
	require(pthread_create(&t, &attr, step_neighbour, stacks) == 0);
	pthread_join(t, NULL);
	pthread_attr_destroy(&attr);
	munmap(room, 2 * n_bytes);
}

static void test_strangers(void)
{
	static uint8_t stack[STACK_BYTES] __attribute__((aligned(4096)));

	step_stranger(stack);
	test_neighbour();
}

/* ----------------------------------------------------------------- threads */

static void *thread(void *unused)
{
	draw(EACH);
	return NULL;
}

static void test_threads(void)
{
	unsigned i, j, before, after, exist;
	pthread_t t[AT_ONCE];

	vgetrandom_u32();
	states_count(&before, &exist);
	for (i = 0; i < N_THREADS; i += AT_ONCE) {
		for (j = 0; j < AT_ONCE; j++)
			pthread_create(&t[j], NULL, thread, NULL);
		draw(EACH);
		for (j = 0; j < AT_ONCE; j++)
			pthread_join(t[j], NULL);
	}
	states_count(&after, &exist);
	check_msg(after == before, "%d threads: %u states taken before, %u after", N_THREADS,
		  before, after);
	check_distinct("threads");
}

static pthread_barrier_t gate;

static void *thread_with_state(void *ret_page)
{
	/* which page of states this thread's is in: found by asking for the next one */
	draw(1);
	pthread_barrier_wait(&gate);
	pthread_barrier_wait(&gate);
	return NULL;
}

/* Resident pages of the states, from what the kernel says of each. */
static void test_memory(void)
{
	unsigned i, taken, exist;
	pthread_t t[7];

	pthread_barrier_init(&gate, NULL, 8);
	for (i = 0; i < 7; i++)
		pthread_create(&t[i], NULL, thread_with_state, NULL);
	draw(1);
	pthread_barrier_wait(&gate);
	states_count(&taken, &exist);
	/* this thread may have drawn on several pages of its stack */
	check_msg(taken >= 8 && taken * sizeof(struct state) <= 3 * 4096,
		  "8 threads: %u states in %zu pages", taken, taken * sizeof(struct state) / 4096);
	pthread_barrier_wait(&gate);
	for (i = 0; i < 7; i++)
		pthread_join(t[i], NULL);
	all->n = 0;
}

/* A multi-threaded parent's child goes on with the states of its only thread. */
static void test_fork_of_threads(void)
{
	unsigned i, before, taken, exist;
	pthread_t t[7];
	int status = -1;
	pid_t pid;

	for (i = 0; i < 7; i++)
		pthread_create(&t[i], NULL, thread_with_state, NULL);
	draw(1);
	pthread_barrier_wait(&gate);
	states_count(&before, &exist);
	pid = fork();
	if (pid == 0) {
		draw(10);
		states_count(&taken, &exist);
		_exit(taken != before);
	}
	check(waitpid(pid, &status, 0) == pid && status == 0);
	pthread_barrier_wait(&gate);
	for (i = 0; i < 7; i++)
		pthread_join(t[i], NULL);
	check_distinct("fork of eight threads");
}

/* ----------------------------------------------------------------- signals */

static volatile sig_atomic_t depth;

static void on_signal(int sig)
{
	if (depth < 4) {
		depth++;
		draw(2);
		depth--;
	}
}

/* Timers that interrupt handlers that interrupt draws of all sizes. */
static void test_signals(void)
{
	struct sigaction sa = { .sa_handler = on_signal, .sa_flags = SA_NODEFER | SA_RESTART };
	struct itimerval often = { { 0, 50 }, { 0, 50 } }, never = { 0 };
	struct timespec now, end;
	uint64_t v;
	uint8_t buf[4000];
	unsigned size = 8;

	sigaction(SIGALRM, &sa, NULL);
	sigaction(SIGVTALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	setitimer(ITIMER_VIRTUAL, &often, NULL);
	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += SIGNALS_MS / 1000 + 1;
	do {
		vgetrandom_fill(buf, size);
		memcpy(&v, buf, sizeof(v));
		keep(v);
		size = size * 3 % 3989 + 8;
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec < end.tv_sec && all->n < VALUES_MOST - 1000);
	setitimer(ITIMER_REAL, &never, NULL);
	setitimer(ITIMER_VIRTUAL, &never, NULL);
	check_distinct("signals with SA_NODEFER");
}

/* A handler's draw is this thread's first, again and again in new threads. */
static void *thread_hit_first(void *unused)
{
	raise(SIGUSR1);
	draw(1);
	return NULL;
}

static void test_first_in_handler(void)
{
	struct sigaction sa = { .sa_handler = on_signal };
	pthread_t t;
	unsigned i;

	sigaction(SIGUSR1, &sa, NULL);
	for (i = 0; i < 50; i++) {
		pthread_create(&t, NULL, thread_hit_first, NULL);
		pthread_join(t, NULL);
	}
	check_distinct("first draws in handlers");
}

/* ----------------------------------------------------------- thread's end */

static pthread_key_t late;

static void draw_late(void *round)
{
	draw(1);
	/* once more, until the C library gives up: after the library's own turn as well */
	pthread_setspecific(late, (void *)1);
}

static void *thread_late(void *unused)
{
	pthread_setspecific(late, (void *)1);
	draw(1);
	return NULL;
}

static void test_late(void)
{
	unsigned before, after, exist, i;
	pthread_t t;

	states_count(&before, &exist);
	pthread_key_create(&late, draw_late);
	for (i = 0; i < 20; i++) {
		pthread_create(&t, NULL, thread_late, NULL);
		pthread_join(t, NULL);
	}
	states_count(&after, &exist);
	check_msg(before == after, "draws in destructors: %u states taken before, %u after", before,
		  after);
	check_distinct("draws in destructors");
}

static void test_all(void)
{
	/* first, for own_state(); without a guard there is nothing to see in the state */
	if (detector_level() != GUARD_NONE)
		test_strangers();
	test_memory();
	test_fork();
	test_vfork();
	test_clone(0, "clone without CLONE_VM");
	test_clone(CLONE_VM, "clone with CLONE_VM, one thread pointer");
	test_clone(CLONE_VM | CLONE_VFORK, "clone with CLONE_VM and CLONE_VFORK");
	test_threads();
	test_fork_of_threads();
	test_first_in_handler();
	test_late();
	test_signals();
}

int main(int argc, char **argv)
{
	all = mmap(NULL, sizeof(*all), PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	require(all != MAP_FAILED);
	detector_published_at("/nonexistent");
	/* like a kernel before MAP_DROPPABLE */
	memory_deny_droppable(argc > 1 && strcmp(argv[1], "wiped") == 0);
	detector_use(argc > 1 && strcmp(argv[1], "none") == 0 ? GUARD_NONE : GUARD_BLIND);
	test_all();
	return tap_done();
}
