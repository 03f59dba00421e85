/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * One generator: a key, and key stream made from it that is not handed out yet.
 *
 * A state lies in memory that may turn to zeros between any two instructions,
 * dropped or forked. The argument why nothing is handed out twice is in
 * doc/random.md; in short:
 *
 *   in_use is set first and checked last: still set means that the page was not
 *   wiped since. Signal handlers keep off (api.c), so nobody else sets it.
 *
 *   seen is compared with the detector before and after.
 *
 *   A zero owner means that nothing here is valid, whatever the other fields say.
 */
#include "base/util.h"
#include "random/detector.h"
#include "random/self.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

enum {
	STATE_BYTES = 1024, /* four to a page, and none across two */
	STREAM_BLOCKS = 15,
	STREAM_BYTES = STREAM_BLOCKS * 64,
	BATCH_BYTES = STREAM_BYTES - 32,
	CLOCK_BYTES = 64, /* look at the clock once in so many bytes handed out */
};

enum state_mode { STATE_WIPED, STATE_KEYED, STATE_KERNEL };

struct state {
	uint64_t owner; /* 0: wiped. OWNER_CALLER, or a page of the thread's stack */
	uint64_t seen[DETECTOR_WORDS];
	uint32_t in_use;
	uint32_t left; /* bytes of batch not handed out, at its end */
	uint32_t mode; /* enum state_mode */
	uint32_t tid;  /* of the thread, where the owner is a stack */
	uint32_t checked_ms;
	uint32_t keyed_ms;
	uint32_t epoch; /* the kernel's, when keyed */
	uint32_t spent; /* batches since keyed from the kernel */
	union {
		struct {
			uint8_t key[32];
			uint8_t batch[BATCH_BYTES];
		};
		/* the vDSO's state lives here while nothing may be buffered */
		uint8_t kernel[STREAM_BYTES];
	} __attribute__((aligned(64)));
};

static_assert(sizeof(struct state) == STATE_BYTES, "four to a page");
static_assert(offsetof(struct state, batch) == offsetof(struct state, key) + 32, "one stream");

enum { OWNER_CALLER = 1 };

/* Order between our own loads and stores, and those of signals and of fork. */
#define compiler_barrier() __atomic_signal_fence(__ATOMIC_SEQ_CST)
/* Loads after it come after loads before it; free on x86. */
#define load_barrier() __atomic_thread_fence(__ATOMIC_ACQUIRE)

/*
 * Is it too late for the short way? The shortest way asks once in CLOCK_BYTES and
 * declines; the next longer one looks whether the coarse clock has ticked, which
 * costs as much as a draw.
 */
static inline bool state_ticked(const struct state *s, uint32_t left, size_t n, bool look)
{
	return left % CLOCK_BYTES < n && !(look && coarse_ms() == s->checked_ms);
}

/*
 * The fast path: n bytes out of the batch, or false with dst undefined. At a new
 * tick it declines, for the long way to see whether a new key is due.
 */
static inline __attribute__((always_inline)) bool state_try(struct state *s, uint64_t owner,
							    void *dst, size_t n, bool look)
{
	uint8_t *from;
	uint32_t left;

	__atomic_store_n(&s->in_use, 1, __ATOMIC_RELAXED);
	compiler_barrier();
	left = __atomic_load_n(&s->left, __ATOMIC_RELAXED);
	if (s->owner != owner || left < n || left > BATCH_BYTES || !detector_same(s->seen) ||
	    state_ticked(s, left, n, look)) {
		__atomic_store_n(&s->in_use, 0, __ATOMIC_RELAXED);
		return false;
	}
	from = s->batch + BATCH_BYTES - left;
	memcpy(dst, from, n);
	memset(from, 0, n);
	__atomic_store_n(&s->left, left - (uint32_t)n, __ATOMIC_RELAXED);
	compiler_barrier();
	load_barrier();
	/* rests stay behind in a wiped page: beside an owner of zero they count for nothing */
	if (!detector_same(s->seen) || !__atomic_load_n(&s->in_use, __ATOMIC_RELAXED))
		return false;
	__atomic_store_n(&s->in_use, 0, __ATOMIC_RELAXED);
	return true;
}

/*
 * The long way: any n, with a new key where one is due. tid is the thread that
 * may own the state, 0 where a caller owns it. Returns 0 or a negative errno;
 * -EBUSY when the state belongs to another thread.
 */
must_check int state_fill(struct state *s, uint64_t owner, uint32_t tid, void *buf, size_t n,
			  unsigned flags);

/* Without a state: a key for this one request. Returns 0 or a negative errno. */
must_check int state_oneshot(void *buf, size_t n, unsigned flags);
