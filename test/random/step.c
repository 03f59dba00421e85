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
 * Another process traces this one, an instruction at a time. It counts those of the draw,
 * and sends SIGTRAP at the one whose turn it is; the handler acts.
 */
#include <vgetrandom.h>

#include "random/chacha20.h"
#include "random/detector.h"
#include "random/memory.h"
#include "random/self.h"
#include "random/states.h"
#include "random/state.h"
#include "tap.h"
#include "traced.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <ucontext.h>
#include <unistd.h>

enum {
	VALUES_MOST = 1 << 19,
	BIG_BYTES = 3000,
	STACK_BYTES = 65536,
	N_SHARED = 64,
	/* instructions from the last look to here: returns, and the copy out of the buffer */
	TAIL_MOST = 70
};

/* In the place of a daemon that counts the kernel's reseeds: a dead one, and one that lives. */
static const volatile uint64_t uncounted = LIVENESS_DIED, counted = 1;
/* In the place of vmclock: how often the machine was cloned. */
static volatile uint64_t clones = 7;

/* What happens, in this order, when it is the instruction's turn. */
enum { DROP = 1, DRAW = 2, DROP_AGAIN = 4, DRAW_AGAIN = 8, BY_KERNEL = 16, CLONE = 32 };

static sigjmp_buf away;
static bool jumps;
static unsigned action;
static bool happened;

/* What the one who traces is told, and what it has counted. */
static struct control {
	volatile bool on;   /* a draw is to be stepped through */
	bool forks;	    /* at each in so many, not at one */
	bool kernels;	    /* draws come from the vDSO: its instructions count, too */
	long turn, stride;  /* of the instructions, from 1 on */
	volatile long step; /* instructions so far */
} * control;
static int childs_pipe[2];
static struct state *state; /* of this thread, or of the caller */
static bool callers;
static unsigned callers_flags;
static ssize_t callers_got;
static const char *name_of_state = "";

static uint64_t values[VALUES_MOST];
static size_t n_values;

static void keep(uint64_t v)
{
	if (n_values < VALUES_MOST)
		values[n_values++] = v;
}

/*
 * Draws run on a stack of their own, so that it is always the same page and state. A
 * handler's run further down on it: mostly on the same page.
 */
static uint8_t stack[STACK_BYTES] __attribute__((aligned(4096)));
static uint8_t handlers_stack[STACK_BYTES] __attribute__((aligned(4096)));

static void draw_into(uint8_t *buf, size_t n)
{
	if (callers)
		callers_got = vgetrandom(buf, n, callers_flags, state);
	else
		vgetrandom_fill(buf, n);
}

static uint64_t draw_at(uint8_t *top, size_t n)
{
	static uint8_t outs[2][BIG_BYTES];
	/* a handler must not write over what it interrupted */
	uint8_t *buf = outs[top != stack + STACK_BYTES];
	uint64_t v;

	cpu_call(draw_into, buf, n, top);
	memcpy(&v, buf, sizeof(v));
	return v;
}

static uint64_t draw(size_t n)
{
	return draw_at(stack + STACK_BYTES, n);
}

/* Where the interrupted draw is on its stack, behind what it may use without saying so. */
static uint8_t *below;

static uint64_t draw_below(void)
{
	return draw_at((uint8_t *)align_down((uintptr_t)below - CPU_RED_ZONE, 16), 8);
}

static void drop(void)
{
	void *page = (void *)align_down((uintptr_t)state, PAGE_BYTES);

	if (action & BY_KERNEL)
		madvise(page, PAGE_BYTES, MADV_PAGEOUT);
	else
		memset(page, 0, PAGE_BYTES);
}

/* Had the draw written down already what it has seen when the machine was cloned? */
static bool wrote_seen;

static void act(void)
{
	if (action & CLONE) {
		wrote_seen = state->seen[0] == clones;
		clones++;
	}
	if (action & DROP)
		drop();
	if (action & DRAW)
		keep(draw_below());
	if (action & DROP_AGAIN)
		drop();
	/* twice: a state that was wiped has its first number from a call */
	if (action & DRAW_AGAIN) {
		keep(draw_below());
		keep(draw_below());
	}
}

/* A child goes on where the parent stopped, and says what it got. */
static bool in_child;

static void on_trap(int sig, siginfo_t *si, void *context)
{
	int saved = errno;

	happened = true;
	if (jumps)
		siglongjmp(away, 1);
	if (!control->forks) {
		below = (uint8_t *)cpu_stack_interrupted(context);
		act();
	} else if (fork() == 0) {
		in_child = true;
	} else {
		wait(NULL);
		raise(SIGUSR1); /* and on */
	}
	errno = saved;
}

static uint64_t draw_stepping(size_t n)
{
	uint64_t v;

	control->step = 0;
	control->on = true;
	raise(SIGUSR1);
	v = draw(n);
	if (!in_child)
		control->on = false;
	return v;
}

/* ------------------------------------------------------- the one who traces */

/* One of the draw's, which alone runs on that stack: is it its turn? */
static bool count_step(pid_t pid)
{
	static uintptr_t happened_at;
	struct user_regs_struct regs;

	if (!traced_registers(pid, &regs) || cpu_stack(&regs) <= (uintptr_t)stack ||
	    cpu_stack(&regs) > (uintptr_t)stack + STACK_BYTES)
		return false;
	/* back from the handler, where it was */
	if (happened_at == cpu_at(&regs)) {
		happened_at = 0;
		return false;
	}
	control->step++;
	if (control->forks ? control->step % control->stride : control->step != control->turn)
		return false;
	happened_at = control->forks ? cpu_at(&regs) : 0;
	return true;
}

/* Goes on to the next stop. */
static bool go_on(pid_t pid, bool stepping, int sig, int *ret_status)
{
	if (stepping && !control->kernels)
		return traced_step(pid, sig, ret_status);
	return ptrace(stepping ? PTRACE_SINGLESTEP : PTRACE_CONT, pid, NULL, sig) == 0 &&
	       waitpid(pid, ret_status, 0) == pid;
}

/* Steps from SIGUSR1 on, until something happens or the draw is over. Its exit status. */
static int trace(pid_t pid)
{
	bool stepping = false;
	int status, sig;

	for (waitpid(pid, &status, 0); WIFSTOPPED(status);) {
		sig = WSTOPSIG(status);
		if (sig == SIGUSR1 || sig == SIGSTOP) {
			stepping = sig == SIGUSR1;
			sig = 0;
		} else if (sig == SIGTRAP && stepping) {
			sig = control->on && count_step(pid) ? SIGTRAP : 0;
			stepping = control->on && !sig;
		}
		if (!go_on(pid, stepping, sig, &status))
			return 1;
	}
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	printf("# ended with status %#x\n", (unsigned)status);
	return 1;
}

/* Returns in the one who is traced. */
static void begin_traced(void)
{
	pid_t pid;

	control = mmap(NULL, sizeof(*control), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		       -1, 0);
	require(control != MAP_FAILED);
	traced_stay_here();
	fflush(stdout);
	pid = fork();
	if (pid != 0)
		exit(pid < 0 ? 1 : trace(pid));
	require(prctl(PR_SET_PDEATHSIG, SIGKILL) == 0);
	require(ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0);
	raise(SIGSTOP);
}

/* What a draw has to do before it can give anything. */
static void make_ready(const char *path)
{
	draw(8);
	if (strcmp(path, "refill") == 0)
		state->left = 4;
	else if (strcmp(path, "rekey") == 0)
		state->left = 0, state->spent = UINT32_MAX;
	else if (strcmp(path, "first") == 0 || strcmp(path, "kernel") == 0)
		memset(state, 0, STATE_BYTES);
	/* always as far in the vDSO's batch; the first number is a call's */
	if (strcmp(path, "kernel") == 0)
		draw(8), draw(8);
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
	control->forks = false;
	action = what;
	n_values = 0;
	control->turn = 0;
	do {
		control->turn += every;
		happened = false;
		make_ready(path);
		keep(draw_stepping(n));
		keep(draw(8));
		keep(draw(8));
	} while (happened);
	check_msg(repeats() == 0 && n_values < VALUES_MOST,
		  "%s%s, %zu bytes: %s after each of %ld instructions, %zu values", path,
		  name_of_state, n, name, control->step, n_values);
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

	control->forks = true;
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
	check_msg(((long)same - 1) * control->stride <= TAIL_MOST && n_childs > 10,
		  "%s%s, %zu bytes: %zu children, the last %zu came after the last look", path,
		  name_of_state, n, n_childs, same);
	check_msg(repeats() == 0, "%s: no other child has what anybody else has", path);
	control->forks = false;
}

static void test_path(const char *path, size_t n, long every)
{
	control->stride = every;
	test_events(path, n, DROP, "drop", every);
	if (memory_droppable())
		test_events(path, n, DROP | BY_KERNEL, "drop by the kernel",
			    every > 1 ? 10 * every + 1 : 9);
	test_events(path, n, DRAW, "draw in a handler", every);
	test_events(path, n, DROP | DRAW | DROP_AGAIN | DRAW_AGAIN, "drop, draw, drop, draws",
		    every);
	test_events(path, n, DROP | DRAW | DRAW_AGAIN, "drop, draws", every);
	test_forks(path, n);
}

/*
 * Wherever in a draw the machine is cloned: nothing makes the clones differ, nobody has waited
 * for the kernel, and nobody may wait here. So the next draw gives nothing, and this one either.
 */
static void test_clones(const char *path, long every)
{
	unsigned wrong = 0, given = 0;
	uint64_t v;

	action = CLONE;
	control->turn = 0;
	wrote_seen = false;
	do {
		control->turn += wrote_seen ? every : 1;
		happened = false;
		self_deny_cpu_random(false);
		draw(8);
		self_deny_cpu_random(true);
		if (strcmp(path, "rekey") == 0)
			state->seen[0] = UINT64_MAX;
		v = draw_stepping(8);
		given += callers_got == 8;
		wrong += callers_got == 8 ? v == 0 : callers_got != -EAGAIN || v != 0;
		draw(8);
		wrong += callers_got != (happened ? -EAGAIN : 8);
	} while (happened);
	/* the last one was not cloned; after their last look others have their number */
	check_msg(wrong == 0 && given >= 1 && given <= TAIL_MOST,
		  "%s: cloned after each of %ld instructions: %u go wrong, %u give a number", path,
		  control->step, wrong, given);
	self_deny_cpu_random(false);
}

/*
 * Every instruction of what is short. Of what is long one in so many, since a
 * trap costs 40 microseconds and the work grows with the square. The first argument says how
 * many times as often; 0 is not at all: in an emulator a trap costs most of a millisecond.
 */
static long often = 1;

static void test_long_path(const char *path, size_t n, long every)
{
	if (often)
		test_path(path, n, every / often);
}

static void test_paths(void)
{
	test_path("batch", 8, 1);
	test_path("batch", 100, 1);
	test_long_path("refill", 8, 41);
	test_long_path("refill", BIG_BYTES, 211);
	test_long_path("rekey", 8, 97);
	test_long_path("first", 8, 97);
}

/* How much is left does not tell: behind a reseed of the kernel's it is as much, of a new key. */
static bool is_used(const struct state *s, const struct state *was)
{
	return memcmp(s, was, sizeof(*s)) != 0;
}

/* Which of the states that all share is used by the next draw? */
static struct state *find_borrowed(void)
{
	static struct state was[N_SHARED];
	struct state *s[N_SHARED];
	unsigned i, used = N_SHARED;

	for (i = 0; i < N_SHARED; i++) {
		s[i] = states_borrow(i);
		require(s[i] != NULL);
	}
	for (i = 0; i < N_SHARED; i++)
		states_return(s[i]);
	draw(8);
	for (i = 0; i < N_SHARED; i++)
		was[i] = *s[i];
	draw(8);
	for (i = 0; i < N_SHARED; i++)
		used = is_used(s[i], &was[i]) ? i : used;
	return used < N_SHARED ? s[used] : NULL;
}

/*
 * A handler leaves in the middle of a draw and never comes back: from then on this page
 * draws from a state that all share, which is borrowed.
 */
static void abandon(void)
{
	static struct state was;

	control->forks = false;
	jumps = true;
	control->turn = 0;
	do {
		control->turn++;
		if (sigsetjmp(away, 1) == 0)
			draw_stepping(8);
		was = *state;
		draw(8);
	} while (is_used(state, &was));
	jumps = false;
}

static struct state *find_own(void)
{
	unsigned num = 1, size;
	struct state *s;

	if (!callers) {
		draw(8);
		/* the last one that was taken, so far */
		s = states_take();
		states_give(s);
		return s - 1;
	}
	s = vgetrandom_alloc(&num, &size, 0, 0);
	return s == MAP_FAILED ? NULL : s;
}

/* Where nobody watches each draw is the vDSO's; there is no clock in it. */
static void test_kernels(void)
{
	detector_use(GUARD_NONE);
	control->kernels = true;
	name_of_state = " (the vDSO's)";
	test_path("kernel", 8, 1);
	control->kernels = false;
	detector_use(GUARD_BLIND);
	/* else it would not know: it looks for a daemon's page only */
	memset(state, 0, STATE_BYTES);
	draw(8);
}

/* All that could be borrowed is lent for ever: a key for each draw, on the stack. */
static void test_no_state(void)
{
	unsigned i;

	for (i = 0; i < N_SHARED; i++)
		(void)!states_borrow(i);
	require(states_borrow(0) == NULL);
	name_of_state = " (no state)";
	/* what the processor gives would differ by itself */
	self_deny_cpu_random(true);
	control->stride = 7;
	test_forks("oneshot", 8);
	self_deny_cpu_random(false);
}

static void test_callers(void)
{
	callers = true;
	name_of_state = " (caller's state)";
	state = find_own();
	require(state);
	test_path("batch", 8, 1);
	test_long_path("refill", 8, 41);
	detector.word[0] = &clones;
	detector.word[RESEEDS_WORD] = &counted;
	detector.kind = GUARD_VMCLOCK;
	callers_flags = GRND_NONBLOCK;
	test_clones("batch", 1);
	if (often)
		test_clones("rekey", 97 / often);
	detector_use(GUARD_BLIND);
	callers = false;
}

int main(int argc, char **argv)
{
	struct sigaction sa = { .sa_sigaction = on_trap,
				.sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK };
	stack_t ss = { .ss_sp = handlers_stack, .ss_size = STACK_BYTES };
	int flags;

	if (argc > 1)
		often = atol(argv[1]);
	require(often >= 0 && often <= 41);
	if (!cpu_steps()) {
		skip("loops of ldxr and stxr cannot be stepped through");
		return tap_done();
	}
	begin_traced();
	require(sigaltstack(&ss, NULL) == 0 && sigaction(SIGTRAP, &sa, NULL) == 0);
	require(pipe(childs_pipe) == 0);
	fcntl(childs_pipe[0], F_SETPIPE_SZ, 1 << 20);
	flags = fcntl(childs_pipe[0], F_GETFL);
	fcntl(childs_pipe[0], F_SETFL, flags | O_NONBLOCK);
	detector_published_at("/nonexistent");
	detector_use(GUARD_BLIND);
	state = find_own();
	require(state && state->mode == STATE_KEYED);
	test_paths();
	name_of_state = " (looks at the clock)";
	detector.word[RESEEDS_WORD] = &uncounted;
	test_path("batch", 8, 1);
	test_long_path("refill", 8, 97);
	test_kernels();
	name_of_state = " (borrowed)";
	abandon();
	state = find_borrowed();
	require(state);
	test_path("batch", 8, 3);
	test_long_path("refill", 8, 97);
	test_callers();
	test_no_state();
	return tap_done();
}
