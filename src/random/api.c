// SPDX-License-Identifier: MIT
/*
 * What is exported, and what belongs to a thread: its state, and whether it is
 * busy in one, which a signal handler finds when it comes in the middle.
 */
#include <vgetrandom.h>

#include <errno.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "random/api.h"
#include "random/kernel.h"
#include "random/memory.h"
#include "random/states.h"
#include "random/self.h"
#include "random/state.h"

#define public __attribute__((visibility("default")))
#define likely(x) __builtin_expect(!!(x), 1)

enum {
	RW_BYTES_MOST = 0x7ffff000, /* the most that getrandom(2) gives at once */
	KEYS_WITHOUT_MALLOC = 32,   /* pthread keys below need none to be set */
	NAP_BYTES = 1 << 30,
};

static __thread struct {
	struct state *state;
	uint32_t epoch; /* states_epoch(), when it was taken */
	/*
	 * Not in the state: that may be wiped while a draw is under way, and a
	 * handler would then find it free.
	 */
	uint32_t busy;
	bool leaving; /* the thread's end: a state taken now would be lost */
} self_thread __attribute__((tls_model("initial-exec")));

/* ---------------------------------------------------------- thread's state */

static pthread_key_t at_exit;
static bool has_at_exit;

static void thread_end(void *state)
{
	self_thread.leaving = true;
	self_thread.busy = 1;
	compiler_barrier();
	if (self_thread.state && self_thread.epoch == states_epoch())
		states_give(self_thread.state);
	self_thread.state = NULL;
	compiler_barrier();
	self_thread.busy = 0;
}

/*
 * Early, so that the key is one of those that are set without malloc(): a
 * thread's first draw may come in a handler that interrupted malloc().
 */
__attribute__((constructor)) static void prepare(void)
{
	has_at_exit =
		pthread_key_create(&at_exit, thread_end) == 0 && at_exit < KEYS_WITHOUT_MALLOC;
}

/* Which page of a stack we are on: threads differ, calls of one thread mostly do not. */
static inline __attribute__((always_inline)) uint64_t stack_page(void)
{
	char here;
	uintptr_t p;

	/* not __builtin_frame_address(): that costs a frame */
	__asm__("" : "=r"(p) : "0"(&here));
	return p >> PAGE_SHIFT;
}

/* This thread's state, a new one if it has none; NULL when it cannot have one. */
static struct state *thread_state(void)
{
	if (self_thread.state && self_thread.epoch == states_epoch())
		return self_thread.state;
	if (self_thread.leaving || !has_at_exit)
		return NULL;
	self_thread.epoch = states_epoch();
	self_thread.state = states_take();
	if (self_thread.state)
		pthread_setspecific(at_exit, self_thread.state);
	return self_thread.state;
}

/*
 * A bare clone(CLONE_VM) makes two tasks with one thread pointer. They have two
 * stacks, so one of them comes along here, and is told apart by its thread id. It
 * touches neither the state nor busy: whose they are may be in the middle of a draw.
 */
static bool stranger(const struct state *s, uint32_t tid)
{
	uint32_t whose = s ? __atomic_load_n(&s->tid, __ATOMIC_RELAXED) : 0;

	return whose != 0 && whose != tid;
}

/* The usual case knows without asking: the batch is empty, or the clock due. */
static uint32_t thread_id(const struct state *s, uint64_t owner)
{
	return s && s->owner == owner && s->tid ? s->tid : (uint32_t)syscall(SYS_gettid);
}

static int fill_as_thread(uint64_t owner, uint32_t tid, void *buf, size_t n, unsigned flags)
{
	struct state *s = thread_state();
	int r;

	if (!s)
		return state_oneshot(buf, n, flags);
	if (s->tid == tid)
		s->owner = owner; /* the same thread, deeper or less deep */
	r = state_fill(s, owner, tid, buf, n, flags);
	return r == -EBUSY ? state_oneshot(buf, n, flags) : r;
}

static inline __attribute__((always_inline)) bool fill_fast(uint64_t owner, void *buf, size_t n,
							    bool look)
{
	struct state *s = self_thread.state;
	bool ok;

	if (!s || self_thread.busy || __atomic_load_n(&s->owner, __ATOMIC_RELAXED) != owner)
		return false;
	self_thread.busy = 1;
	compiler_barrier();
	ok = state_try(s, owner, buf, n, look);
	compiler_barrier();
	self_thread.busy = 0;
	return ok;
}

static int fill_slow(uint64_t owner, void *buf, size_t n, unsigned flags)
{
	int saved = errno, r;
	uint32_t tid;

	self_begin();
	tid = thread_id(self_thread.state, owner);
	if (self_thread.busy || stranger(self_thread.state, tid)) {
		r = state_oneshot(buf, n, flags);
	} else {
		self_thread.busy = 1;
		compiler_barrier();
		r = fill_as_thread(owner, tid, buf, n, flags);
		compiler_barrier();
		self_thread.busy = 0;
	}
	errno = saved;
	return r;
}

/* The shortest way has been tried. Never inlined: its registers would be saved there too. */
static __attribute__((noinline)) void fill_or_die(uint64_t owner, void *buf, size_t n)
{
	int r;

	if (fill_fast(owner, buf, n, true))
		return;
	r = fill_slow(owner, buf, n, 0);
	if (r < 0)
		kernel_random_absent(r);
}

static __attribute__((noinline)) uint32_t u32_or_die(uint64_t owner)
{
	uint32_t v;

	fill_or_die(owner, &v, sizeof(v));
	return v;
}

static __attribute__((noinline)) uint64_t u64_or_die(uint64_t owner)
{
	uint64_t v;

	fill_or_die(owner, &v, sizeof(v));
	return v;
}

ssize_t api_fill(void *buf, size_t n, unsigned flags)
{
	uint64_t owner = stack_page();
	int r;

	/* flags that are not ours, and no buffer: the kernel knows what to say */
	if ((flags & ~(GRND_NONBLOCK | GRND_RANDOM)) || !buf)
		return kernel_random_once(buf, n, flags);
	if (fill_fast(owner, buf, n, true))
		return (ssize_t)n;
	r = fill_slow(owner, buf, n, flags);
	return r < 0 ? r : (ssize_t)n;
}

/* ---------------------------------------------------------------- exported */

public
void vgetrandom_fill(void *buffer, size_t len)
{
	uint64_t owner = stack_page();

	if (!likely(fill_fast(owner, buffer, len, false)))
		fill_or_die(owner, buffer, len);
}

public
uint32_t vgetrandom_u32(void)
{
	uint64_t owner = stack_page();
	uint32_t v;

	return likely(fill_fast(owner, &v, sizeof(v), false)) ? v : u32_or_die(owner);
}

public
uint64_t vgetrandom_u64(void)
{
	uint64_t owner = stack_page();
	uint64_t v;

	return likely(fill_fast(owner, &v, sizeof(v), false)) ? v : u64_or_die(owner);
}

/*
 * The high half of value * bound is below bound. Of the low halves, the first
 * 2^32 mod bound come once too often: those values are drawn again.
 */
public
uint32_t vgetrandom_uniform(uint32_t upper_bound)
{
	uint64_t product;

	if (upper_bound < 2)
		return 0;
	do
		product = (uint64_t)vgetrandom_u32() * upper_bound;
	while ((uint32_t)product < -upper_bound % upper_bound);
	return (uint32_t)(product >> 32);
}

public
uint64_t vgetrandom_generation(void)
{
	int saved = errno, r;
	uint64_t generation;

	self_begin();
	do {
		r = self_check(0);
		if (r < 0)
			kernel_random_absent(r);
		generation = self_generation();
	} while (generation == 0); /* a fork in between: the child asks again */
	errno = saved;
	return generation;
}

public
bool vgetrandom_still_current(uint64_t generation)
{
	return generation != 0 && vgetrandom_generation() == generation;
}

public
void *vgetrandom_alloc(unsigned int *num, unsigned int *size_per_each, unsigned long addr,
		       unsigned int flags)
{
	uint64_t n_pages;
	void *p;

	if (!num || !size_per_each) {
		errno = EFAULT;
		return MAP_FAILED;
	}
	if (addr != 0 || flags != 0) {
		errno = EINVAL;
		return MAP_FAILED;
	}
	self_begin();
	n_pages = max_u64(1, pages_for((uint64_t)*num * STATE_BYTES));
	n_pages = min_u64(n_pages, UINT32_MAX / PAGE_BYTES);
	/* no guard pages: the caller could not free them with munmap() */
	p = memory_map(n_pages, false);
	if (!p) {
		errno = ENOMEM;
		return MAP_FAILED;
	}
	*num = (unsigned)(n_pages * (PAGE_BYTES / STATE_BYTES));
	*size_per_each = STATE_BYTES;
	return p;
}

static bool straddles(const void *p)
{
	return (uintptr_t)p % PAGE_BYTES > PAGE_BYTES - STATE_BYTES || (uintptr_t)p % 64 != 0;
}

/* Busy, here or (which is a mistake) in another thread: then without the state. */
static int fill_callers(struct state *s, void *buf, size_t n, unsigned flags)
{
	int r;

	if (self_thread.busy || __atomic_load_n(&s->in_use, __ATOMIC_RELAXED))
		return state_oneshot(buf, n, flags);
	self_thread.busy = 1;
	compiler_barrier();
	r = n <= BATCH_BYTES && state_try(s, OWNER_CALLER, buf, n, true)
		    ? 0
		    : state_fill(s, OWNER_CALLER, 0, buf, n, flags);
	compiler_barrier();
	self_thread.busy = 0;
	return r;
}

public
ssize_t vgetrandom(void *buffer, size_t len, unsigned int flags, void *opaque_state)
{
	int saved = errno;
	size_t n = min_u64(len, RW_BYTES_MOST);
	int r;

	/* GRND_INSECURE and what is not known: the kernel decides */
	if (!opaque_state || (flags & ~(GRND_NONBLOCK | GRND_RANDOM)))
		return kernel_random_once(buffer, len, flags);
	if (straddles(opaque_state))
		return -EFAULT;
	self_begin();
	r = fill_callers(opaque_state, buffer, n, flags);
	errno = saved;
	return r < 0 ? r : (ssize_t)n;
}
