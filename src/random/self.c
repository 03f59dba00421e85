// SPDX-License-Identifier: MIT
#include "random/self.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "random/chacha20.h"
#include "random/cpu.h"
#include "random/detector.h"
#include "random/filter.h"
#include "random/kernel.h"
#include "random/memory.h"
#include "random/states.h"
#include "random/wipe.h"

enum {
	KEY_WORDS = 4,
	WAIT_NS = 1000000,
	/* the kernel reseeds at least this often; where its reseeds cannot be seen */
	KERNEL_RESEED_SECONDS = 61,
};

enum { NOT_BEGUN, BEGINNING, BEGUN };

/*
 * Zero in a child. Where no mapping is to be had it lies in a page of our own, and where
 * nothing can be wiped the C library calls us in the child of its fork().
 */
union wiped {
	uint64_t number;
	uint8_t page[WIPED_BYTES_LEAST];
};
static union wiped spare __attribute__((aligned(WIPED_BYTES_LEAST)));
static union wiped *wiped = &spare;
static bool forks_wipe;

static_assert(sizeof(spare) == WIPED_BYTES_LEAST, "what is wiped is ours and no more");

/*
 * The detector's words that this process has gone through. Threads write it at once and
 * are interrupted in the middle: what does not fit together counts as nothing. A child
 * inherits it: what it may see anew is news.
 */
static struct {
	uint64_t words[DUPLICATE_WORDS];
	uint64_t check;
} known;

static bool no_cpu_random;
uint32_t self_begun;

void self_deny_cpu_random(bool deny)
{
	no_cpu_random = deny;
}

/* ------------------------------------------------------------ small tools */

/* Not nanosleep(3), where a thread may be cancelled. */
static void pause_a_moment(void)
{
	struct timespec t = { .tv_nsec = WAIT_NS };
	int saved = errno;

	syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &t, NULL);
	errno = saved;
}

uint32_t coarse_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
	return (uint32_t)t.tv_sec * 1000 + (uint32_t)(t.tv_nsec / 1000000);
}

/* Of a few words one that no other words have, but for a chance of 2^-64; never 0. */
static uint64_t mix(uint64_t start, const uint64_t words[DUPLICATE_WORDS])
{
	uint64_t v = start;
	unsigned i;

	for (i = 0; i < DUPLICATE_WORDS; i++) {
		/* splitmix64's constants */
		v = (v ^ words[i]) * 0xbf58476d1ce4e5b9;
		v = (v ^ v >> 30) * 0x94d049bb133111eb;
		v ^= v >> 31;
	}
	return v ?: 1;
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
	chacha20_blocks(block, key, tail, 1, block);
	memcpy(key, block, CHACHA20_KEY_BYTES);
	wipe(block, sizeof(block));
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
	wipe(words, sizeof(words));
	return 0;
}

/* ----------------------------------------------------------- beginning */

static void forget_number(void)
{
	spare.number = 0;
}

static void begin_memory(void)
{
	union wiped *p = memory_map_kept(sizeof(*p) / PAGE_BYTES);

	forks_wipe = p || memory_wipe_in_children(&spare, sizeof(spare)) == 0;
	if (p)
		wiped = p;
	if (forks_wipe)
		states_begin();
	else
		pthread_atfork(NULL, NULL, forget_number);
}

/*
 * Who laid a filter on this process before it began had the dynamic loader's calls in it:
 * then it must do with those.
 */
static void begin(void)
{
	bool filtered = filter_seen();

	memory_deny_advice(filtered);
	kernel_vdso_find();
	begin_memory();
	if (forks_wipe && !detector.kind)
		detector_find(filtered);
}

bool self_begin(void)
{
	uint32_t none = NOT_BEGUN;
	int saved = errno, state;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	if (__atomic_compare_exchange_n(&self_begun, &none, BEGINNING, false, __ATOMIC_ACQUIRE,
					__ATOMIC_ACQUIRE)) {
		begin();
		none = BEGUN;
		__atomic_store_n(&self_begun, BEGUN, __ATOMIC_RELEASE);
	}
	pthread_setcancelstate(state, NULL);
	errno = saved;
	return none == BEGUN;
}

void self_forget(void)
{
	detector_use(GUARD_NONE);
	states_forget();
	wiped = &spare;
	forks_wipe = false;
	self_begun = NOT_BEGUN;
}

bool self_forks_wipe(void)
{
	return forks_wipe;
}

/* ----------------------------------------------------------- generations */

static void look(uint64_t ret_words[DUPLICATE_WORDS])
{
	ret_words[0] = *detector.word[0];
	ret_words[1] = *detector.word[1];
}

static bool knows(void)
{
	return __atomic_load_n(&known.check, __ATOMIC_ACQUIRE) != 0;
}

static bool is_known(const uint64_t words[DUPLICATE_WORDS])
{
	return __atomic_load_n(&known.check, __ATOMIC_ACQUIRE) == mix(0, words) &&
	       __atomic_load_n(&known.words[0], __ATOMIC_RELAXED) == words[0] &&
	       __atomic_load_n(&known.words[1], __ATOMIC_RELAXED) == words[1];
}

static void get_to_know(const uint64_t words[DUPLICATE_WORDS])
{
	__atomic_store_n(&known.words[0], words[0], __ATOMIC_RELAXED);
	__atomic_store_n(&known.words[1], words[1], __ATOMIC_RELAXED);
	__atomic_store_n(&known.check, mix(0, words), __ATOMIC_RELEASE);
}

static bool up_to_date(void)
{
	uint64_t now[DUPLICATE_WORDS];

	look(now);
	return is_known(now);
}

/*
 * Is there anything that differs between the clones of this machine? Without a
 * detector the question does not arise: nothing was buffered.
 */
static bool can_differ(void)
{
	uint64_t identity[2], words[KEY_WORDS];
	bool can = detector_level() == GUARD_NONE || detector_identity(identity) || cpu_key(words);

	wipe(words, sizeof(words));
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
		pause_a_moment();
	}
	wipe(&probe, sizeof(probe));
	return r;
}

int self_check_words(uint64_t ret_words[DUPLICATE_WORDS], unsigned flags)
{
	uint64_t now[DUPLICATE_WORDS];
	int r;

	for (look(now); !is_known(now); look(now)) {
		r = knows() ? wait_for_kernel(flags) : 0;
		if (r < 0)
			return r;
		get_to_know(now);
	}
	memcpy(ret_words, now, sizeof(now));
	return 0;
}

int self_number(uint64_t *ret_number, unsigned flags)
{
	uint64_t none = 0, fresh;
	int r;

	while (none == 0) {
		r = kernel_random(&fresh, sizeof(fresh), flags);
		if (r < 0)
			return r;
		/* a fork in between: the child has none again */
		__atomic_compare_exchange_n(&wiped->number, &none, fresh ?: 1, false,
					    __ATOMIC_RELAXED, __ATOMIC_RELAXED);
		none = __atomic_load_n(&wiped->number, __ATOMIC_RELAXED);
	}
	*ret_number = none;
	return 0;
}

bool self_number_is(uint64_t number)
{
	return __atomic_load_n(&wiped->number, __ATOMIC_RELAXED) == number;
}

/*
 * The process's number and the detector's words make the generation's: whoever asks at
 * once computes the same, and nothing has to be written.
 */
int self_generation(uint64_t *ret_generation)
{
	uint64_t words[DUPLICATE_WORDS], number;
	int r = self_check_words(words, 0);

	if (r == 0)
		r = self_number(&number, 0);
	if (r == 0)
		*ret_generation = mix(number, words);
	return r;
}

bool self_is(uint64_t generation)
{
	uint64_t now[DUPLICATE_WORDS], number = __atomic_load_n(&wiped->number, __ATOMIC_RELAXED);

	look(now);
	return generation != 0 && number != 0 && is_known(now) && mix(number, now) == generation;
}

/* ------------------------------------------------------ the kernel's epoch */

/*
 * Threads write it at once. What does not fit together looks like a reseed, and costs a
 * new key.
 */
static struct {
	struct probe probe;
	uint32_t taken;
	uint32_t reseeds;
	uint32_t epoch; /* as it was asked for last */
} kernels;

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
	struct probe mine = kernels.probe;

	if (__atomic_load_n(&kernels.taken, __ATOMIC_ACQUIRE) && !probe_changed(&mine))
		return;
	if (!probe_take(&mine))
		return;
	kernels.probe = mine;
	__atomic_store_n(&kernels.taken, 1, __ATOMIC_RELEASE);
	__atomic_add_fetch(&kernels.reseeds, 1, __ATOMIC_RELAXED);
}

uint32_t self_kernel_epoch(void)
{
	uint32_t epoch;

	if (kernel_vdso_present())
		probe_renew();
	epoch = __atomic_load_n(&kernels.reseeds, __ATOMIC_RELAXED) + slept();
	if (epoch != self_last_epoch())
		__atomic_store_n(&kernels.epoch, epoch, __ATOMIC_RELAXED);
	return epoch;
}

uint32_t self_last_epoch(void)
{
	return __atomic_load_n(&kernels.epoch, __ATOMIC_RELAXED);
}
