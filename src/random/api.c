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
#include <unistd.h>

#include "random/api.h"
#include "random/kernel.h"
#include "random/memory.h"
#include "random/states.h"
#include "random/self.h"
#include "random/state.h"

#define public __attribute__((visibility("default")))
#define likely(x) __builtin_expect(!!(x), 1)
/*
 * Without a canary: the few locals of such a function are no arrays, and most of them never
 * are in memory. It was a sixth of a draw's instructions.
 */
#define hot __attribute__((no_stack_protector))

enum {
	RW_BYTES_MOST = 0x7ffff000, /* the most that getrandom(2) gives at once */
	KEYS_WITHOUT_MALLOC = 32,   /* pthread keys below need none to be set */
	N_SLOTS = 8,
	VDSO_BYTES_MOST = 1 << 20, /* it gives as much as it is asked for */
};

/*
 * A thread has a state for each page of its stacks that it draws on, as far as there is
 * room. Two tasks made by a bare clone(CLONE_VM) have one thread pointer, so one of these
 * tables; but never do two tasks run on one page. So a state is only ever in the hands of
 * one, and nobody has to ask who he is.
 */
static __thread struct {
	struct slot {
		/*
		 * What a draw asks for: the page when its state may be drawn from, with
		 * KEY_LOOKS after a look at the clock, with KEY_KERNELS while that is the kernel's.
		 * Not in the state: that may be wiped while a draw is under way, and a
		 * handler would then find it free.
		 */
		uint64_t key;
		struct state *state;
		uint64_t page; /* 0: nobody's yet; it never changes again */
		uint64_t kept; /* key, as it is when nobody is busy */
	} slots[N_SLOTS];
	uint32_t in_callers; /* a draw from a caller's state is under way */
} self_thread __attribute__((tls_model("initial-exec")));

enum { KEY_NONE, KEY_BUSY };
/* bits that are in no page */
#define KEY_LOOKS (1ULL << 62)
#define KEY_KERNELS (1ULL << 63)

/* ---------------------------------------------------------- thread's state */

static pthread_key_t at_exit;
static bool has_at_exit;

/*
 * A draw that never came back (a handler left with longjmp) does not come back now. Each slot
 * stays busy: a state that was taken from here on would be lost.
 */
static void thread_end(void *unused)
{
	unsigned i;

	for (i = 0; i < N_SLOTS; i++) {
		struct state *s = self_thread.slots[i].state;

		self_thread.slots[i].key = KEY_BUSY;
		compiler_barrier();
		self_thread.slots[i].state = NULL;
		if (s)
			states_give(s);
	}
}

/*
 * Early, so that the key is one of those that are set without malloc(): a
 * thread's first draw may come in a handler that interrupted malloc(). And all that a
 * filter of system calls may forbid later is done here.
 */
__attribute__((constructor)) static void prepare(void)
{
	has_at_exit = pthread_key_create(&at_exit, thread_end) == 0;
	if (has_at_exit && at_exit >= KEYS_WITHOUT_MALLOC) {
		pthread_key_delete(at_exit);
		has_at_exit = false;
	}
	self_begin();
}

/*
 * The shared library is never unloaded, but a plugin that holds the static one may be:
 * then no thread may call at its end what is gone.
 */
__attribute__((destructor)) static void leave(void)
{
	if (has_at_exit)
		pthread_key_delete(at_exit);
	has_at_exit = false;
}

/* Which page of a stack we are on. */
static inline __attribute__((always_inline)) uint64_t stack_page(void)
{
	char here;
	uintptr_t p;

	/* not __builtin_frame_address(): that costs a frame */
	__asm__("" : "=r"(p) : "0"(&here));
	return p >> PAGE_SHIFT;
}

static inline __attribute__((always_inline)) struct slot *slot_of(uint64_t page)
{
	struct slot *slot = &self_thread.slots[page % N_SLOTS];

	/* kept in a register: it would be computed anew where it is needed again */
	__asm__("" : "+r"(slot));
	return slot;
}

/* Is the slot this page's? A free one becomes it. */
static bool enter(struct slot *slot, uint64_t page)
{
	uint64_t nobody = 0;

	if (slot->page != page &&
	    (!has_at_exit || !__atomic_compare_exchange_n(&slot->page, &nobody, page, false,
							  __ATOMIC_RELAXED, __ATOMIC_RELAXED)))
		return false;
	return slot->key != KEY_BUSY;
}

/* In a slot that was entered: its state, a new one if it has none. */
static struct state *slot_state(struct slot *slot)
{
	if (!slot->state) {
		slot->state = states_take();
		if (slot->state)
			pthread_setspecific(at_exit, &self_thread);
	}
	return slot->state;
}

/* Out of a state of which it is not known whether somebody counts for it. */
static bool fill_known(struct state *s, uint64_t owner, void *buf, size_t n)
{
	/* of an array that is not ours it may be anything */
	return s->left <= BATCH_BYTES && (detector_counts(s->seen) || state_looked(s)) &&
	       state_try(s, owner, buf, n);
}

/*
 * Without a state of one's own: a handler that interrupted a draw, after a longjmp() out of
 * one, a task on a page whose slot is another's, the thread's end.
 */
static int fill_borrowed(uint64_t page, void *buf, size_t n, unsigned flags)
{
	/* spread over them: the top bits of the product with the golden ratio */
	struct state *s = states_borrow((unsigned)(page * 0x9e3779b97f4a7c15 >> 58));
	int r;

	if (!s)
		return state_oneshot(buf, n, flags);
	r = fill_known(s, OWNER_ALL, buf, n) ? 0 : state_fill(s, OWNER_ALL, buf, n, flags);
	states_return(s);
	return r;
}

static inline __attribute__((always_inline)) bool fill_fast(struct slot *slot, uint64_t page,
							    void *buf, size_t n)
{
	bool ok;

	if (!likely(slot->key == page))
		return false;
	slot->key = KEY_BUSY;
	compiler_barrier();
	ok = state_try(slot->state, page, buf, n);
	compiler_barrier();
	slot->key = page;
	return likely(ok);
}

/* Nobody counts the kernel's reseeds: when the clock has gone on it is the kernel's turn to say. */
static inline __attribute__((always_inline)) bool fill_looking(struct slot *slot, uint64_t page,
							       void *buf, size_t n)
{
	bool ok;

	if (slot->key != (page | KEY_LOOKS))
		return false;
	slot->key = KEY_BUSY;
	compiler_barrier();
	ok = state_looked(slot->state) && state_try(slot->state, page, buf, n);
	compiler_barrier();
	slot->key = page | KEY_LOOKS;
	return ok;
}

/* Nobody watches, so nothing is kept: straight to the vDSO. */
static inline __attribute__((always_inline)) bool fill_kernels(struct slot *slot, uint64_t page,
							       void *buf, size_t n)
{
	struct state *s = slot->state;
	ssize_t got;

	if (!likely(slot->key == (page | KEY_KERNELS)) || !likely(state_unwatched(s)) ||
	    n > VDSO_BYTES_MOST)
		return false;
	slot->key = KEY_BUSY;
	compiler_barrier();
	got = kernel_vdso(buf, n, 0, s->kernel);
	compiler_barrier();
	/* not from a register, which would have to be saved */
	slot->key = slot->kept;
	return likely(got == (ssize_t)n);
}

/* What the next draw on this page shall find. */
static uint64_t key_for(const struct state *s, uint64_t page)
{
	if (s->mode == STATE_KERNEL && kernel_vdso_present())
		return page | KEY_KERNELS;
	return detector_counts(s->seen) ? page : page | KEY_LOOKS;
}

static int fill_slow(uint64_t page, void *buf, size_t n, unsigned flags)
{
	struct slot *slot = slot_of(page);
	struct state *s;
	int r;

	if (!self_ready())
		return kernel_random(buf, n, flags);
	if (!enter(slot, page))
		return fill_borrowed(page, buf, n, flags);
	slot->key = KEY_BUSY;
	compiler_barrier();
	s = slot_state(slot);
	r = s ? state_fill(s, page, buf, n, flags) : 0;
	compiler_barrier();
	slot->kept = slot->key = s ? key_for(s, page) : KEY_NONE;
	return s ? r : fill_borrowed(page, buf, n, flags);
}

static __attribute__((noinline)) void slow_or_die(uint64_t page, void *buf, size_t n)
{
	int r = fill_slow(page, buf, n, 0);

	if (r < 0)
		kernel_random_absent(r);
}

static hot __attribute__((noinline)) uint32_t u32_slow_or_die(uint64_t page)
{
	uint32_t v __attribute__((uninitialized));

	if (!likely(fill_looking(slot_of(page), page, &v, sizeof(v))))
		slow_or_die(page, &v, sizeof(v));
	return v;
}

static hot __attribute__((noinline)) uint64_t u64_slow_or_die(uint64_t page)
{
	uint64_t v __attribute__((uninitialized));

	if (!likely(fill_looking(slot_of(page), page, &v, sizeof(v))))
		slow_or_die(page, &v, sizeof(v));
	return v;
}

/* The short way has been tried. Never inlined: its registers would be saved there too. */
static hot __attribute__((noinline)) void fill_or_die(struct slot *slot, uint64_t page, void *buf,
						      size_t n)
{
	if (!likely(slot->key == (page | KEY_KERNELS))) {
		if (!likely(fill_looking(slot, page, buf, n)))
			slow_or_die(page, buf, n);
	} else if (!fill_kernels(slot, page, buf, n)) {
		slow_or_die(slot->page, buf, n);
	}
}

static hot __attribute__((noinline)) uint32_t u32_or_die(struct slot *slot, uint64_t page)
{
	uint32_t v __attribute__((uninitialized));

	if (!likely(slot->key == (page | KEY_KERNELS)))
		return u32_slow_or_die(page);
	return likely(fill_kernels(slot, page, &v, sizeof(v))) ? v : u32_slow_or_die(slot->page);
}

static hot __attribute__((noinline)) uint64_t u64_or_die(struct slot *slot, uint64_t page)
{
	uint64_t v __attribute__((uninitialized));

	if (!likely(slot->key == (page | KEY_KERNELS)))
		return u64_slow_or_die(page);
	return likely(fill_kernels(slot, page, &v, sizeof(v))) ? v : u64_slow_or_die(slot->page);
}

static hot __attribute__((noinline)) void any_or_die(struct slot *slot, uint64_t page, void *buf,
						     size_t n)
{
	if (!likely(fill_fast(slot, page, buf, n)))
		fill_or_die(slot, page, buf, n);
}

ssize_t api_fill(void *buf, size_t n, unsigned flags)
{
	uint64_t page = stack_page();
	struct slot *slot = slot_of(page);
	int r;

	/* flags that are not ours, and no buffer: the kernel knows what to say */
	if ((flags & ~(GRND_NONBLOCK | GRND_RANDOM)) || !buf)
		return kernel_random_once(buf, n, flags);
	if (fill_fast(slot, page, buf, n) || fill_kernels(slot, page, buf, n) ||
	    fill_looking(slot, page, buf, n))
		return (ssize_t)n;
	r = fill_slow(page, buf, n, flags);
	return r < 0 ? r : (ssize_t)n;
}

/* ---------------------------------------------------------------- exported */

public
hot void vgetrandom_fill(void *buffer, size_t len)
{
	uint64_t page = stack_page();
	struct slot *slot = slot_of(page);

	/* what is moved without a call, and so without registers to save */
	if (len - 16 > 16)
		any_or_die(slot, page, buffer, len);
	else if (!likely(fill_fast(slot, page, buffer, len)))
		fill_or_die(slot, page, buffer, len);
}

public
hot uint32_t vgetrandom_u32(void)
{
	uint64_t page = stack_page();
	struct slot *slot = slot_of(page);
	uint32_t v __attribute__((uninitialized));

	return likely(fill_fast(slot, page, &v, sizeof(v))) ? v : u32_or_die(slot, page);
}

public
hot uint64_t vgetrandom_u64(void)
{
	uint64_t page = stack_page();
	struct slot *slot = slot_of(page);
	uint64_t v __attribute__((uninitialized));

	return likely(fill_fast(slot, page, &v, sizeof(v))) ? v : u64_or_die(slot, page);
}

/*
 * The high half of value * bound is below bound. Of the low halves, the first
 * 2^32 mod bound come once too often: those values are drawn again. What is not below
 * bound is not below that either, and mostly spares the division.
 */
public
uint32_t vgetrandom_uniform(uint32_t upper_bound)
{
	uint64_t product = (uint64_t)vgetrandom_u32() * upper_bound;

	if ((uint32_t)product < upper_bound) {
		uint32_t surplus = -upper_bound % upper_bound;

		while ((uint32_t)product < surplus)
			product = (uint64_t)vgetrandom_u32() * upper_bound;
	}
	return (uint32_t)(product >> 32);
}

/* While another thread sets the library up there is no generation: a number that will be none. */
static int generation(uint64_t *ret_generation)
{
	return self_ready() ? self_generation(ret_generation)
			    : kernel_random(ret_generation, sizeof(*ret_generation), 0);
}

public
uint64_t vgetrandom_generation(void)
{
	uint64_t number;
	int r = generation(&number);

	if (r < 0)
		kernel_random_absent(r);
	return number ?: 1;
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
	self_ready();
	n_pages = max_u64(1, pages_for((uint64_t)*num * STATE_BYTES));
	n_pages = min_u64(n_pages, UINT32_MAX / PAGE_BYTES);
	/* no guard pages: the caller could not free them with munmap() */
	p = memory_map(n_pages, false);
	/* where nothing is wiped on fork no state is ever filled: fill_callers() */
	if (!p && !self_forks_wipe())
		p = memory_map_plain(n_pages);
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

	if (self_thread.in_callers || __atomic_load_n(&s->in_use, __ATOMIC_RELAXED))
		return fill_borrowed(stack_page(), buf, n, flags);
	self_thread.in_callers = 1;
	compiler_barrier();
	if (fill_known(s, OWNER_CALLER, buf, n))
		r = 0;
	else
		r = self_forks_wipe() ? state_fill(s, OWNER_CALLER, buf, n, flags)
				      : kernel_random(buf, n, flags);
	compiler_barrier();
	self_thread.in_callers = 0;
	return r;
}

public
ssize_t vgetrandom(void *buffer, size_t len, unsigned int flags, void *opaque_state)
{
	size_t n = min_u64(len, RW_BYTES_MOST);
	int r;

	/* GRND_INSECURE and what is not known: the kernel decides */
	if (!opaque_state || (flags & ~(GRND_NONBLOCK | GRND_RANDOM)))
		return kernel_random_once(buffer, len, flags);
	if (straddles(opaque_state))
		return -EFAULT;
	r = self_ready() ? fill_callers(opaque_state, buffer, n, flags)
			 : kernel_random(buffer, n, flags);
	return r < 0 ? r : (ssize_t)n;
}
