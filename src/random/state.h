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
	CLOCK_BYTES = 128, /* look at the clock once in so many bytes handed out */
};

enum state_mode { STATE_WIPED, STATE_KEYED, STATE_KERNEL };

struct state {
	uint64_t owner; /* 0: wiped. OWNER_CALLER, OWNER_ALL, or a page of a stack */
	uint64_t seen[DETECTOR_WORDS];
	uint32_t in_use;
	uint32_t left; /* bytes of batch not handed out, at its end */
	uint32_t mode; /* enum state_mode */
	uint32_t checked_ms;
	uint32_t keyed_ms;
	uint32_t epoch; /* the kernel's, when keyed */
	uint32_t spent; /* batches since keyed from the kernel */
	uint32_t unused;
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

/* No stack is in the first pages. */
enum { OWNER_CALLER = 1, OWNER_ALL = 2 };

/* Order between our own loads and stores, and those of signals and of fork. */
#define compiler_barrier() __atomic_signal_fence(__ATOMIC_SEQ_CST)
/* Loads after it come after loads before it; free on x86. */
#define load_barrier() __atomic_thread_fence(__ATOMIC_ACQUIRE)

/*
 * The short way: n bytes out of the batch, or false. It looks at nothing before it takes:
 * what was taken for nothing is gone from the batch, and from dst.
 *
 * Once in CLOCK_BYTES it declines, for the long way to see whether a new key is due.
 */
static inline __attribute__((always_inline)) bool state_try(struct state *s, uint64_t owner,
							    void *dst, size_t n)
{
	uint8_t *from;
	uint32_t left;

	__atomic_store_n(&s->in_use, 1, __ATOMIC_RELAXED);
	compiler_barrier();
	left = __atomic_load_n(&s->left, __ATOMIC_RELAXED);
	if (s->owner != owner || left % CLOCK_BYTES < n || left > BATCH_BYTES)
		return false;
	from = s->batch + BATCH_BYTES - left;
	memcpy(dst, from, n);
	memset(from, 0, n);
	__atomic_store_n(&s->left, left - (uint32_t)n, __ATOMIC_RELAXED);
	compiler_barrier();
	load_barrier();
	/* rests stay behind in a wiped page: beside an owner of zero they count for nothing */
	if (!detector_same_machine(s->seen) || !__atomic_load_n(&s->in_use, __ATOMIC_RELAXED)) {
		memset(dst, 0, n);
		return false;
	}
	__atomic_store_n(&s->in_use, 0, __ATOMIC_RELAXED);
	return true;
}

/*
 * The long way: any n, with a new key where one is due. Returns 0 or a negative errno.
 */
must_check int state_fill(struct state *s, uint64_t owner, void *buf, size_t n, unsigned flags);

/* Without a state: a key for this one request. Returns 0 or a negative errno. */
must_check int state_oneshot(void *buf, size_t n, unsigned flags);
