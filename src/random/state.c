// SPDX-License-Identifier: MIT
#include "random/state.h"

#include <errno.h>
#include <sys/random.h>

#include "random/chacha20.h"
#include "random/kernel.h"
#include "random/self.h"
#include "random/wipe.h"

enum {
	KEY_LIVES_MS = 60 * 1000, /* the kernel's own interval */
	KEY_LIVES_BATCHES = 4096, /* about 4 MiB of output */
	DIRECT_BYTES = 1024,	  /* from here on straight into the caller's buffer */
	TRIES = 4,
};

/* ---------------------------------------------------------------- rekeying */

/* Whatever a wiped page may hold of rests of ours: all of it goes. */
static void forget(struct state *s)
{
	explicit_bzero(s, sizeof(*s));
	__atomic_store_n(&s->in_use, 1, __ATOMIC_RELAXED);
}

/*
 * What was seen goes in first, the key second. Duplicated between the two, the
 * state finds something else than it saw and takes a key again. The other way
 * round it would hold the old machine's key and believe it made for the new one.
 */
static int rekey(struct state *s, uint64_t owner, unsigned flags)
{
	uint32_t epoch = self_last_epoch();
	uint64_t seen[DETECTOR_WORDS];
	uint8_t key[32];
	int r;

	if (s->mode == STATE_KERNEL)
		wipe(s->kernel, sizeof(s->kernel));
	s->left = 0;
	s->mode = STATE_WIPED;
	seen[RESEEDS_WORD] = *detector.word[RESEEDS_WORD];
	r = self_check_words(seen, flags);
	memcpy(s->seen, seen, sizeof(seen));
	compiler_barrier();
	memcpy(key, s->key, sizeof(key));
	if (r == 0)
		r = seed_make(key, flags);
	if (r == 0) {
		memcpy(s->key, key, sizeof(key));
		s->epoch = epoch;
		s->timed = 0;
		s->spent = 0;
		s->mode = STATE_KEYED;
		s->owner = owner;
	}
	wipe(key, sizeof(key));
	return r;
}

/*
 * Time and the kernel's own reseeds; asked at most once in a tick of the coarse clock. Not
 * when the key is made: a child that draws once has no use for it.
 */
static bool overdue(struct state *s)
{
	uint32_t now = coarse_ms();

	if (now == s->checked_ms && s->timed)
		return false;
	if (!s->timed)
		s->keyed_ms = now;
	s->timed = 1;
	s->checked_ms = now;
	return now - s->keyed_ms >= KEY_LIVES_MS || self_kernel_epoch() != s->epoch;
}

/* Seen by this state, so gone through by this process: there is nothing else to check. */
static bool has_key(struct state *s, uint64_t owner)
{
	return s->mode == STATE_KEYED && s->owner == owner && detector_differs(s->seen) == 0 &&
	       s->spent < KEY_LIVES_BATCHES && !overdue(s);
}

/* --------------------------------------------------------------- producing */

/*
 * n_direct blocks into dst, then a batch, then the next key: one stream of one
 * key, which is gone when this returns.
 */
static void advance(struct state *s, uint8_t *dst, size_t n_direct)
{
	uint32_t tail[4] = { 0 };

	/* the batch is empty: the second call fills it */
	if (n_direct)
		chacha20_blocks(dst, s->key, tail, n_direct, s->batch);
	chacha20_blocks(s->key, s->key, tail, STREAM_BLOCKS,
			s->batch + BATCH_BYTES - CHACHA20_SCRATCH_BYTES);
	s->left = BATCH_BYTES;
	s->spent += 1 + (uint32_t)min_u64(n_direct / STREAM_BLOCKS, KEY_LIVES_BATCHES);
}

/* Moved, a few bytes in line: see wipe.h. */
static void move(uint8_t *dst, uint8_t *from, size_t n)
{
	if (n == sizeof(uint32_t)) {
		memcpy(dst, from, sizeof(uint32_t));
		memset(from, 0, sizeof(uint32_t));
	} else if (n == sizeof(uint64_t)) {
		memcpy(dst, from, sizeof(uint64_t));
		memset(from, 0, sizeof(uint64_t));
	} else if (n) {
		memcpy(dst, from, n);
		memset(from, 0, n);
	}
}

/* Out of the batch, which forgets. */
static size_t take(struct state *s, uint8_t *dst, size_t n)
{
	uint32_t left = s->left;
	size_t most = min_u64(n, left > BATCH_BYTES ? 0 : left);
	uint8_t *from = s->batch + BATCH_BYTES - left;

	move(dst, from, most);
	s->left = left - (uint32_t)most;
	return most;
}

static void produce_keyed(struct state *s, uint8_t *dst, size_t n)
{
	size_t done = take(s, dst, n), direct;

	while (done < n) {
		direct = align_down(n - done, DIRECT_BYTES);
		advance(s, dst + done, direct / CHACHA20_BLOCK_BYTES);
		done += direct;
		done += take(s, dst + done, n - done);
	}
}

/* The vDSO says EAGAIN or how much; it never gives less than asked for below 2 GiB. */
static int kernel_all(void *state, uint8_t *dst, size_t n, unsigned flags)
{
	while (n && state) {
		ssize_t got = kernel_vdso(dst, min_u64(n, INT32_MAX), flags, state);

		if (got == -EAGAIN)
			return (int)got;
		/* what to do about other errors is known there */
		if (got < 0)
			break;
		dst += got;
		n -= (size_t)got;
	}
	return n ? kernel_random(dst, n, flags) : 0;
}

/* Nobody watches: nothing of ours is kept, the kernel answers each time. */
static void become_kernels(struct state *s, uint64_t owner, const uint64_t seen[DETECTOR_WORDS])
{
	wipe(s->kernel, sizeof(s->kernel));
	s->left = 0;
	/* both at once would be a constant on a page of its own, which costs a child a fault */
	compiler_barrier();
	s->mode = STATE_KERNEL;
	memcpy(s->seen, seen, sizeof(s->seen));
	s->owner = ~owner;
}

/* What shall give the bytes: the state's key, the vDSO with its state, or the call. */
enum source { FROM_KEY, FROM_VDSO, FROM_CALL };

static int prepare(struct state *s, uint64_t owner, unsigned flags)
{
	uint64_t seen[DETECTOR_WORDS];
	int r;

	if (has_key(s, owner))
		return FROM_KEY;
	if (s->owner == ~owner && state_unwatched(s))
		return FROM_VDSO;
	/* read first: a daemon that comes to life after the question changes them */
	detector_read(seen);
	if (detector_level() != GUARD_NONE) {
		r = rekey(s, owner, flags);
		return r < 0 ? r : FROM_KEY;
	}
	become_kernels(s, owner, seen);
	/* many a process draws once: the call itself is faster than the vDSO's first */
	return FROM_CALL;
}

static int produce(struct state *s, uint64_t owner, uint8_t *dst, size_t n, unsigned flags)
{
	int from = prepare(s, owner, flags);

	if (from < 0)
		return from;
	if (from == FROM_KEY) {
		produce_keyed(s, dst, n);
		return 0;
	}
	return kernel_all(from == FROM_VDSO && kernel_vdso_present() ? s->kernel : NULL, dst, n,
			  flags);
}

/* Is what was produced good: nothing wiped, nothing duplicated on the way? */
static bool still_good(const struct state *s)
{
	compiler_barrier();
	load_barrier();
	return (s->mode == STATE_KERNEL || detector_same_machine(s->seen)) &&
	       __atomic_load_n(&s->in_use, __ATOMIC_RELAXED);
}

int state_fill(struct state *s, uint64_t owner, void *buf, size_t n, unsigned flags)
{
	unsigned i;
	int r = 0;

	__atomic_store_n(&s->in_use, 1, __ATOMIC_RELAXED);
	for (i = 0; i < TRIES; i++) {
		compiler_barrier();
		r = produce(s, owner, buf, n, flags);
		if (r < 0 || still_good(s))
			break;
		if (!__atomic_load_n(&s->in_use, __ATOMIC_RELAXED))
			forget(s);
	}
	__atomic_store_n(&s->in_use, 0, __ATOMIC_RELAXED);
	if (i == TRIES)
		r = state_oneshot(buf, n, flags);
	if (r < 0)
		memset(buf, 0, n);
	return r;
}

/* ------------------------------------------------------------ without state */

static void stream_into(uint8_t *dst, size_t n, uint8_t key[32])
{
	uint8_t last[CHACHA20_BLOCK_BYTES];
	uint32_t tail[4] = { 0 };
	size_t whole = n / CHACHA20_BLOCK_BYTES;

	chacha20_blocks(dst, key, tail, whole, last);
	chacha20_blocks(last, key, tail, 1, last);
	memcpy(dst + whole * CHACHA20_BLOCK_BYTES, last, n % CHACHA20_BLOCK_BYTES);
	explicit_bzero(last, sizeof(last));
}

/*
 * This key is on the stack, where fork copies it: the process's number, which fork
 * wipes, is what tells the child that its output is its parent's.
 */
int state_oneshot(void *buf, size_t n, unsigned flags)
{
	uint64_t seen[DETECTOR_WORDS], number;
	uint8_t key[32];
	int r;

	do {
		if (detector_level() == GUARD_NONE)
			return kernel_all(NULL, buf, n, flags);
		r = self_check_words(seen, flags);
		if (r == 0)
			r = self_number(&number, flags);
		memset(key, 0, sizeof(key));
		if (r == 0)
			r = seed_make(key, flags);
		if (r < 0)
			return r;
		/* nothing else comes of this key: it may be the answer itself */
		if (n <= sizeof(key))
			memcpy(buf, key, n);
		else
			stream_into(buf, n, key);
		wipe(key, sizeof(key));
		load_barrier();
	} while (!detector_same_machine(seen) || !self_number_is(number));
	return 0;
}
