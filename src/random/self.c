// SPDX-License-Identifier: MIT
#include "random/self.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "random/chacha20.h"
#include "random/cpu.h"
#include "random/detector.h"
#include "random/kernel.h"
#include "random/memory.h"

enum {
	KEY_WORDS = 4,
	WAIT_MS = 1,
	/* the kernel reseeds at least this often; where its reseeds cannot be seen */
	KERNEL_RESEED_SECONDS = 61,
};

struct self {
	struct probe probe;
	uint64_t generation; /* 0: a fork made this process */
	uint32_t lock;
	uint32_t states;
	uint32_t probe_lock;
	uint32_t has_probe;
	uint32_t epoch;
};

/*
 * Static, so that no limit on memory keeps it away, and so that there is a lock for
 * the beginning that a fork in the middle of it leaves free in the child.
 */
static union {
	struct self self;
	uint8_t page[WIPED_BYTES_LEAST];
} own __attribute__((aligned(WIPED_BYTES_LEAST)));

static_assert(sizeof(own) == WIPED_BYTES_LEAST, "what is wiped is ours and no more");

static struct self *const self = &own.self;
/* The detector's words of this generation. A child inherits them: what it may see anew is news. */
static uint64_t known[DUPLICATE_WORDS];
static bool knows; /* there was a generation */
static bool no_cpu_random;
bool self_begun;

void self_deny_cpu_random(bool deny)
{
	no_cpu_random = deny;
}

/* ------------------------------------------------------------ small tools */

static void pause_ms(long ms)
{
	struct timespec t = { .tv_nsec = ms * 1000000 };
	int saved = errno;

	nanosleep(&t, NULL);
	errno = saved;
}

static void signals_block(sigset_t *ret_old)
{
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, ret_old);
}

static void signals_restore(const sigset_t *old)
{
	pthread_sigmask(SIG_SETMASK, old, NULL);
}

static bool lock_try(uint32_t *lock)
{
	return __atomic_exchange_n(lock, 1, __ATOMIC_ACQUIRE) == 0;
}

static void lock_leave(uint32_t *lock)
{
	__atomic_store_n(lock, 0, __ATOMIC_RELEASE);
}

/* Only with signals blocked: a handler that waits for whom it interrupted waits for ever. */
static void lock_enter(uint32_t *lock)
{
	while (!lock_try(lock))
		pause_ms(WAIT_MS);
}

uint32_t coarse_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
	return (uint32_t)t.tv_sec * 1000 + (uint32_t)(t.tv_nsec / 1000000);
}

/* ------------------------------------------------------------------ seeds */

static bool cpu_key(uint64_t words[KEY_WORDS])
{
	return !no_cpu_random && cpu_random(words, KEY_WORDS);
}

/* One block of ChaCha20 with the argument for a tail: no hash is needed for 16 bytes. */
static void prf(uint8_t key[CHACHA20_KEY_BYTES], const uint64_t argument[2])
{
	uint8_t block[CHACHA20_BLOCK_BYTES];
	uint32_t tail[4];

	memcpy(tail, argument, sizeof(tail));
	chacha20_blocks(block, key, tail, 1);
	memcpy(key, block, CHACHA20_KEY_BYTES);
	explicit_bzero(block, sizeof(block));
}

static void xor_into(uint8_t key[CHACHA20_KEY_BYTES], const uint64_t words[KEY_WORDS])
{
	const uint8_t *w = (const uint8_t *)words;
	unsigned i;

	for (i = 0; i < CHACHA20_KEY_BYTES; i++)
		key[i] ^= w[i];
}

int seed_make(uint8_t key[CHACHA20_KEY_BYTES], unsigned flags)
{
	uint64_t words[KEY_WORDS], identity[2] = { 0 };
	int r = kernel_random(words, sizeof(words), flags);

	if (r < 0)
		return r;
	detector_identity(identity);
	prf(key, identity);
	xor_into(key, words);
	if (cpu_key(words))
		xor_into(key, words);
	explicit_bzero(words, sizeof(words));
	return 0;
}

/* ----------------------------------------------------------- beginning */

static void begin_locked(void)
{
	kernel_vdso_find();
	if (!detector.kind)
		detector_find();
	__atomic_store_n(&self_begun, true, __ATOMIC_RELEASE);
}

void self_begin(void)
{
	int saved = errno, r;
	sigset_t old;

	if (__atomic_load_n(&self_begun, __ATOMIC_ACQUIRE))
		return;
	/* before there is anything in it; threads that do this at once do the same */
	r = memory_wipe_in_children(&own, sizeof(own));
	if (r < 0)
		kernel_random_absent(r);
	signals_block(&old);
	lock_enter(&self->lock);
	if (!self_begun)
		begin_locked();
	lock_leave(&self->lock);
	signals_restore(&old);
	errno = saved;
}

uint32_t *self_states_word(void)
{
	return &self->states;
}

/* ----------------------------------------------------------- generations */

static bool seen_before(const uint64_t words[DUPLICATE_WORDS])
{
	return __atomic_load_n(&known[0], __ATOMIC_ACQUIRE) == words[0] &&
	       __atomic_load_n(&known[1], __ATOMIC_ACQUIRE) == words[1];
}

static void look(uint64_t ret_words[DUPLICATE_WORDS])
{
	ret_words[0] = *detector.word[0];
	ret_words[1] = *detector.word[1];
}

void self_known(uint64_t ret_words[DUPLICATE_WORDS])
{
	ret_words[0] = __atomic_load_n(&known[0], __ATOMIC_RELAXED);
	ret_words[1] = __atomic_load_n(&known[1], __ATOMIC_RELAXED);
}

/*
 * The words first, the number second, and begin_generation() writes them the other way
 * round: so whoever finds the new words does not find the old number with them.
 */
bool self_is(uint64_t generation)
{
	uint64_t now[DUPLICATE_WORDS];

	look(now);
	return generation != 0 && seen_before(now) &&
	       __atomic_load_n(&self->generation, __ATOMIC_ACQUIRE) == generation;
}

uint64_t self_generation(void)
{
	return __atomic_load_n(&self->generation, __ATOMIC_ACQUIRE);
}

static bool up_to_date(void)
{
	return self_is(self_generation());
}

/*
 * Is there anything that differs between the clones of this machine? Without a
 * detector the question does not arise: nothing was buffered.
 */
static bool can_differ(void)
{
	uint64_t identity[2], words[KEY_WORDS];
	bool can = detector_peek() == GUARD_NONE || detector_identity(identity) || cpu_key(words);

	explicit_bzero(words, sizeof(words));
	return can;
}

/*
 * The kernel's reseed after this moment: what it did shortly before may have been
 * its usual one, before the machine was duplicated. The generation's page changes
 * before the kernel gets to know of it, so for a busy process the wait is short.
 */
static int wait_for_kernel(unsigned flags)
{
	struct probe probe;
	bool sees = probe_take(&probe);
	uint32_t began = coarse_ms(), most = KERNEL_RESEED_SECONDS * 1000;
	int r = 0;

	/* up to date: another thread has waited */
	while (!can_differ() && !up_to_date()) {
		if (sees ? probe_changed(&probe) : coarse_ms() - began > most)
			break;
		if (flags & GRND_NONBLOCK) {
			r = -EAGAIN;
			break;
		}
		pause_ms(WAIT_MS);
	}
	explicit_bzero(&probe, sizeof(probe));
	return r;
}

/*
 * All that may take waiting, with no lock held and no signal blocked: who may not
 * wait must not wait for somebody who does.
 */
static int get_ready(const uint64_t now[DUPLICATE_WORDS], unsigned flags)
{
	int r = knows && !seen_before(now) ? wait_for_kernel(flags) : 0;
	uint8_t ready;

	return r == 0 ? kernel_random(&ready, sizeof(ready), flags) : r;
}

/* Made for these words: when they are the detector's no more, self_is() says so. */
static int begin_generation(const uint64_t now[DUPLICATE_WORDS])
{
	uint64_t key[KEY_WORDS] = { 0 };
	int r = seed_make((uint8_t *)key, GRND_NONBLOCK);

	if (r < 0)
		return r;
	__atomic_store_n(&self->generation, key[0] ?: 1, __ATOMIC_RELAXED);
	__atomic_store_n(&known[0], now[0], __ATOMIC_RELEASE);
	__atomic_store_n(&known[1], now[1], __ATOMIC_RELEASE);
	knows = true;
	explicit_bzero(key, sizeof(key));
	return 0;
}

static int begin_generation_once(const uint64_t now[DUPLICATE_WORDS])
{
	sigset_t old;
	int r = 0;

	signals_block(&old);
	lock_enter(&self->lock);
	if (!up_to_date())
		r = begin_generation(now);
	lock_leave(&self->lock);
	signals_restore(&old);
	return r;
}

int self_check(unsigned flags)
{
	uint64_t now[DUPLICATE_WORDS];
	int r = 0;

	while (r == 0 && !up_to_date()) {
		look(now);
		r = get_ready(now, flags);
		if (r == 0)
			r = begin_generation_once(now);
	}
	return r;
}

/* ------------------------------------------------------ the kernel's epoch */

/* How long this machine has slept, in tenths of a second. */
static uint32_t slept(void)
{
	struct timespec boot, run;

	clock_gettime(CLOCK_MONOTONIC, &run);
	clock_gettime(CLOCK_BOOTTIME, &boot);
	return (uint32_t)((boot.tv_sec - run.tv_sec) * 10 +
			  (boot.tv_nsec - run.tv_nsec + 50000000) / 100000000);
}

static void probe_renew(void)
{
	if (self->has_probe && !probe_changed(&self->probe))
		return;
	self->has_probe = probe_take(&self->probe);
	if (self->has_probe)
		self->epoch++;
}

/* Who comes second, or in a signal handler of the first, takes the last answer. */
uint32_t self_kernel_epoch(void)
{
	if (kernel_vdso_present() && lock_try(&self->probe_lock)) {
		probe_renew();
		lock_leave(&self->probe_lock);
	}
	return self->epoch + slept();
}
