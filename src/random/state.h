/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * One generator: a key, and key stream made from it that is not handed out yet.
 *
 * A state lies in memory that may turn to zeros between any two instructions,
 * dropped or forked. The argument why nothing is handed out twice is in
 * doc/random.md; in short:
 *
 *   A zero owner means that nothing here is valid, whatever the other fields say: the
 *   short way checks it last. The long way sets it, so it has a mark of its own: in_use
 *   is set first and checked last. Signal handlers keep off (api.c), so nobody else
 *   sets either.
 *
 *   seen is compared with the detector before, or not at all, and after.
 *
 * A reseed of the kernel makes the next draw take a new key. Where somebody counts
 * those (detector_counts()) each draw sees the count; where nobody does, each draw
 * looks at the clock, and in each of its ticks one asks the kernel.
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
};

enum state_mode { STATE_WIPED, STATE_KEYED, STATE_KERNEL };

struct state {
	uint64_t owner; /* 0: wiped. OWNER_CALLER, OWNER_ALL, or a page of a stack */
	uint64_t seen[DETECTOR_WORDS];
	uint32_t in_use;
	uint32_t left; /* bytes of batch not handed out, at its end */
	uint32_t mode; /* enum state_mode */
	uint32_t checked_ms;
	uint32_t keyed_ms; /* when it was looked at the clock for the first time since */
	uint32_t epoch;	   /* the kernel's, when keyed */
	uint32_t spent;	   /* batches since keyed from the kernel */
	uint32_t timed;	   /* keyed_ms counts */
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

/* No stack is in the first pages. While the state is the kernel's, its owner is inverted. */
enum { OWNER_CALLER = 1, OWNER_ALL = 2 };

/* Order between our own loads and stores, and those of signals and of fork. */
#define compiler_barrier() __atomic_signal_fence(__ATOMIC_SEQ_CST)
/* Loads after it come after loads before it; free on x86. */
#define load_barrier() __atomic_thread_fence(__ATOMIC_ACQUIRE)

/* Bytes out of the batch, which forgets them. Keys and identifiers are 16 to 32 bytes long. */
static inline __attribute__((always_inline)) void state_move(uint8_t *dst, uint8_t *from, size_t n)
{
	if (!__builtin_constant_p(n) && n - 16 <= 16) {
		struct {
			uint64_t w[2];
		} first, last;

		/* they overlap, or meet when it is 32 */
		memcpy(&first, from, 16);
		memcpy(&last, from + n - 16, 16);
		memcpy(dst, &first, 16);
		memcpy(dst + n - 16, &last, 16);
		memset(from, 0, 16);
		memset(from + n - 16, 0, 16);
	} else {
		memcpy(dst, from, n);
		memset(from, 0, n);
	}
}

/*
 * The short way: n bytes out of the batch, or false. It looks at nothing before it takes:
 * what was taken for nothing is gone from the batch, and the long way, which has to follow,
 * leaves nothing of it in dst. Nobody else draws from
 * the state meanwhile, so an owner that is still there means that the page was not wiped.
 *
 * For a state whose seen detector_counts(), or else after state_looked().
 */
static inline __attribute__((always_inline)) bool state_try(struct state *s, uint64_t owner,
							    void *dst, size_t n)
{
	uint32_t left = __atomic_load_n(&s->left, __ATOMIC_RELAXED);
	uint8_t *from = s->batch + BATCH_BYTES - left;

	if (__builtin_expect(left < n, false))
		return false;
	state_move(dst, from, n);
	__atomic_store_n(&s->left, left - (uint32_t)n, __ATOMIC_RELAXED);
	compiler_barrier();
	load_barrier();
	/* rests stay behind in a wiped page: beside an owner of zero they count for nothing */
	return (detector_differs(s->seen) |
		(__atomic_load_n(&s->owner, __ATOMIC_RELAXED) ^ owner)) == 0;
}

/* Was the kernel asked for reseeds in this tick of the clock? */
static inline bool state_looked(const struct state *s)
{
	return s->timed && s->checked_ms == coarse_ms();
}

/*
 * A state that is the vDSO's: does still nobody watch? Who begins to, writes to the page of
 * which this is a word. A wiped state has seen zero.
 */
static inline bool state_unwatched(const struct state *s)
{
	return *detector.word[LIVENESS_WORD] == s->seen[LIVENESS_WORD];
}

/*
 * The long way: any n, with a new key where one is due. Returns 0 or a negative errno, and
 * then there are zeros in buf.
 */
must_check int state_fill(struct state *s, uint64_t owner, void *buf, size_t n, unsigned flags);

/* Without a state: a key for this one request. Returns 0 or a negative errno. */
must_check int state_oneshot(void *buf, size_t n, unsigned flags);
