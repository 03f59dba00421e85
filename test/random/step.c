// SPDX-License-Identifier: MIT
/*
 * Something happens between each two instructions of a draw: the page of the
 * state is dropped, the process forks, a signal handler draws, or several of
 * these. Nothing may come out twice, and nothing that is zero.
 *
 * A page that was dropped is a page of zeros, and seen from the code a page that a
 * handler fills with zeros is no different; the kernel's own way of doing it takes
 * milliseconds and is tried at fewer places.
 *
 * The processor's trap flag gives a SIGTRAP after each instruction; the handler
 * counts, and acts at the one whose turn it is.
 */
#include <vgetrandom.h>

#include "random/chacha20.h"
#include "random/detector.h"
#include "random/memory.h"
#include "random/states.h"
#include "random/state.h"
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

enum {
	TRAP_FLAG = 0x100,
	VALUES_MOST = 1 << 19,
	BIG_BYTES = 3000,
	/* instructions from the last look to here: returns, and the copy out of the buffer */
	TAIL_MOST = 70
};

/* What happens, in this order, when it is the instruction's turn. */
enum { DROP = 1, DRAW = 2, DROP_AGAIN = 4, DRAW_AGAIN = 8, BY_KERNEL = 16 };

static long turn, step, stride;
static unsigned action;
static bool forks, happened;
static int childs_pipe[2];
static struct state *state; /* of this thread, or of the caller */
static bool callers;

static uint64_t values[VALUES_MOST];
static size_t n_values;

static void keep(uint64_t v)
{
	if (n_values < VALUES_MOST)
		values[n_values++] = v;
}

static uint64_t draw(size_t n)
{
	/* not even with what the compiler would put there: each byte of that is an instruction */
	uint8_t buf[BIG_BYTES] __attribute__((uninitialized));
	uint64_t v;

	if (callers)
		vgetrandom(buf, n, 0, state);
	else
		vgetrandom_fill(buf, n);
	memcpy(&v, buf, sizeof(v));
	return v;
}

static void drop(void)
{
	void *page = (void *)align_down((uintptr_t)state, PAGE_BYTES);

	if (action & BY_KERNEL)
		madvise(page, PAGE_BYTES, MADV_PAGEOUT);
	else
		memset(page, 0, PAGE_BYTES);
}

static void act(void)
{
	if (action & DROP)
		drop();
	if (action & DRAW)
		keep(draw(8));
	if (action & DROP_AGAIN)
		drop();
	if (action & DRAW_AGAIN)
		keep(draw(8));
}

/* A child goes on where the parent stopped, and says what it got. */
static bool in_child;

/*
 * Not in the vDSO's clock: it reads again when the time went on meanwhile, and at
 * the pace of a fork for each instruction it always has.
 */
static bool in_vdso(const ucontext_t *uc)
{
	uint64_t at = (uint64_t)uc->uc_mcontext.gregs[REG_RIP];

	return at - getauxval(AT_SYSINFO_EHDR) < 4 * PAGE_BYTES;
}

static void on_trap(int sig, siginfo_t *si, void *context)
{
	ucontext_t *uc = context;
	int saved = errno;

	step += !in_vdso(uc);
	if (!in_vdso(uc) && (forks ? step % stride == 0 : step == turn)) {
		happened = true;
		if (!forks) {
			uc->uc_mcontext.gregs[REG_EFL] &= ~TRAP_FLAG;
			act();
		} else if (fork() == 0) {
			in_child = true;
			uc->uc_mcontext.gregs[REG_EFL] &= ~TRAP_FLAG;
		} else {
			wait(NULL);
		}
	}
	errno = saved;
}

static uint64_t draw_stepping(size_t n)
{
	uint64_t v;

	step = 0;
	__asm__ volatile("pushfq\n\torq $0x100, (%%rsp)\n\tpopfq" ::: "memory", "cc");
	v = draw(n);
	__asm__ volatile("pushfq\n\tandq $~0x100, (%%rsp)\n\tpopfq" ::: "memory", "cc");
	return v;
}

/* What a draw has to do before it can give anything. */
static void make_ready(const char *path)
{
	draw(8);
	if (strcmp(path, "refill") == 0)
		state->left = 4;
	else if (strcmp(path, "rekey") == 0)
		state->left = 0, state->spent = UINT32_MAX;
	else if (strcmp(path, "first") == 0)
		memset(state, 0, STATE_BYTES);
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static unsigned repeats(void)
{
	unsigned n = 0;
	size_t i;

	qsort(values, n_values, sizeof(values[0]), compare);
	for (i = 1; i < n_values; i++)
		n += values[i] == values[i - 1];
	return n + (n_values && values[0] == 0);
}

static void test_events(const char *path, size_t n, unsigned what, const char *name, long every)
{
	forks = false;
	action = what;
	n_values = 0;
	turn = 0;
	do {
		turn += every;
		happened = false;
		make_ready(path);
		keep(draw_stepping(n));
		keep(draw(8));
		keep(draw(8));
	} while (happened);
	check_msg(repeats() == 0 && n_values < VALUES_MOST,
		  "%s%s, %zu bytes: %s after each of %ld instructions, %zu values", path,
		  callers ? " (caller's state)" : "", n, name, step, n_values);
}

/*
 * A fork after each instruction, in one draw. A child that was made after the last
 * look has its parent's number, like one made after the function's return: those
 * must be the last ones, and few.
 */
static void test_forks(const char *path, size_t n)
{
	static uint64_t childs[VALUES_MOST / 4];
	uint64_t mine, v[2];
	size_t n_childs, same = 0, i;
	ssize_t got;

	forks = true;
	n_values = 0;
	make_ready(path);
	mine = draw_stepping(n);
	if (in_child) {
		v[0] = mine;
		v[1] = draw(8);
		_exit(write(childs_pipe[1], v, sizeof(v)) != sizeof(v));
	}
	for (n_childs = 0; (got = read(childs_pipe[0], v, sizeof(v))) == sizeof(v); n_childs++) {
		childs[n_childs] = v[0];
		keep(v[1]);
	}
	for (i = n_childs; i > 0 && childs[i - 1] == mine; i--)
		same++;
	for (i = 0; i < n_childs - same; i++)
		keep(childs[i]);
	keep(mine);
	keep(draw(8));
	/* so many in a row are at least that far apart, first from last */
	check_msg(((long)same - 1) * stride <= TAIL_MOST && n_childs > 10,
		  "%s%s, %zu bytes: %zu children, the last %zu came after the last look", path,
		  callers ? " (caller's state)" : "", n, n_childs, same);
	check_msg(repeats() == 0, "%s: no other child has what anybody else has", path);
	forks = false;
}

static void test_path(const char *path, size_t n, long every)
{
	stride = every;
	test_events(path, n, DROP, "drop", every);
	if (memory_droppable())
		test_events(path, n, DROP | BY_KERNEL, "drop by the kernel",
			    every > 1 ? 10 * every + 1 : 9);
	test_events(path, n, DRAW, "draw in a handler", every);
	test_events(path, n, DROP | DRAW | DROP_AGAIN | DRAW_AGAIN, "drop, draw, drop, draw",
		    every);
	test_events(path, n, DROP | DRAW | DRAW_AGAIN, "drop, draw, draw", every);
	test_forks(path, n);
}

/*
 * Every instruction of what is short. Of what is long one in so many, since a
 * trap costs 40 microseconds and the work grows with the square; a first argument
 * divides the strides for those who have the time.
 */
static void test_paths(long divide)
{
	test_path("batch", 8, 1);
	test_path("batch", 100, 1);
	test_path("refill", 8, 41 / divide);
	test_path("refill", BIG_BYTES, 211 / divide);
	test_path("rekey", 8, 97 / divide);
	test_path("first", 8, 97 / divide);
}

static struct state *find_own(void)
{
	unsigned num = 1, size;
	struct state *s;

	if (!callers) {
		vgetrandom_u32();
		/* the first block, first state: this is the first thread that asks */
		s = states_take();
		states_give(s);
		return s - 1;
	}
	s = vgetrandom_alloc(&num, &size, 0, 0);
	return s == MAP_FAILED ? NULL : s;
}

int main(int argc, char **argv)
{
	long divide = argc > 1 ? atol(argv[1]) : 1;
	struct sigaction sa = { .sa_sigaction = on_trap, .sa_flags = SA_SIGINFO | SA_NODEFER };
	int flags;

	require(sigaction(SIGTRAP, &sa, NULL) == 0);
	require(pipe(childs_pipe) == 0);
	fcntl(childs_pipe[0], F_SETPIPE_SZ, 1 << 20);
	flags = fcntl(childs_pipe[0], F_GETFL);
	fcntl(childs_pipe[0], F_SETFL, flags | O_NONBLOCK);
	detector_published_at("/nonexistent");
	detector_use(GUARD_BLIND);
	state = find_own();
	require(state && state->mode == STATE_KEYED);
	require(divide >= 1 && divide <= 41);
	test_paths(divide);
	callers = true;
	state = find_own();
	require(state);
	test_path("batch", 8, 1);
	test_path("refill", 8, 41 / divide);
	return tap_done();
}
