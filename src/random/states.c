// SPDX-License-Identifier: MIT
/*
 * Blocks of 64 states, a bit each. Blocks are added and never removed; a bit is
 * taken and given back with one atomic operation. There is no lock that a fork
 * could leave held: a fork in the middle of anything here loses at most a block
 * that was mapped and not yet entered, in the child.
 */
#include "random/states.h"

#include <pthread.h>
#include <signal.h>

#include "random/memory.h"
#include "random/self.h"

enum {
	BLOCK_PAGES = 16,
	BLOCK_STATES = BLOCK_PAGES * PAGE_BYTES / STATE_BYTES,
	N_BLOCKS = 1024,
	/* self_states_word(): zero in a new process */
	STATES_CLEARING = 1,
	STATES_READY = 2,
};

static_assert(BLOCK_STATES == 64, "a bit in a word each");

static struct block {
	struct state *states;
	uint64_t taken;
} blocks[N_BLOCKS];

static uint32_t epoch;

/* In a child, the threads that took states are not there. */
static void clear_after_fork(void)
{
	uint32_t *word = self_states_word(), fresh = 0;
	size_t i;

	if (!__atomic_compare_exchange_n(word, &fresh, STATES_CLEARING, false, __ATOMIC_ACQUIRE,
					 __ATOMIC_RELAXED)) {
		while (__atomic_load_n(word, __ATOMIC_ACQUIRE) != STATES_READY)
			;
		return;
	}
	for (i = 0; i < N_BLOCKS; i++)
		__atomic_store_n(&blocks[i].taken, 0, __ATOMIC_RELAXED);
	__atomic_add_fetch(&epoch, 1, __ATOMIC_RELAXED);
	__atomic_store_n(word, STATES_READY, __ATOMIC_RELEASE);
}

static void settle(void)
{
	sigset_t all, old;

	if (__atomic_load_n(self_states_word(), __ATOMIC_ACQUIRE) == STATES_READY)
		return;
	/* a handler must not wait for the clearing that it interrupted */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	clear_after_fork();
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

uint32_t states_epoch(void)
{
	settle();
	return __atomic_load_n(&epoch, __ATOMIC_RELAXED);
}

static struct state *take_from(struct block *b, struct state *states)
{
	uint64_t taken = __atomic_load_n(&b->taken, __ATOMIC_RELAXED);

	while (taken != UINT64_MAX) {
		unsigned i = (unsigned)__builtin_ctzll(~taken);

		if (__atomic_compare_exchange_n(&b->taken, &taken, taken | 1ULL << i, true,
						__ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
			return &states[i];
	}
	return NULL;
}

/* The block's states, mapped when this is the first to want them. */
static struct state *block_states(struct block *b)
{
	struct state *states = __atomic_load_n(&b->states, __ATOMIC_ACQUIRE), *mine;

	if (states)
		return states;
	mine = memory_map(BLOCK_PAGES, true);
	if (!mine)
		return NULL;
	if (__atomic_compare_exchange_n(&b->states, &states, mine, false, __ATOMIC_RELEASE,
					__ATOMIC_ACQUIRE))
		return mine;
	memory_unmap(mine, BLOCK_PAGES, true);
	return states;
}

struct state *states_take(void)
{
	struct state *states, *s;
	size_t i;

	settle();
	for (i = 0; i < N_BLOCKS; i++) {
		states = block_states(&blocks[i]);
		if (!states)
			return NULL;
		s = take_from(&blocks[i], states);
		if (s)
			return s;
	}
	return NULL;
}

void states_give(struct state *s)
{
	size_t i, n;

	explicit_bzero(s, sizeof(*s));
	for (i = 0; i < N_BLOCKS && blocks[i].states; i++) {
		n = (size_t)(s - blocks[i].states);
		if (s >= blocks[i].states && n < BLOCK_STATES) {
			__atomic_and_fetch(&blocks[i].taken, ~(1ULL << n), __ATOMIC_RELEASE);
			return;
		}
	}
}

void states_count(unsigned *ret_taken, unsigned *ret_all)
{
	size_t i;

	*ret_taken = *ret_all = 0;
	for (i = 0; i < N_BLOCKS && blocks[i].states; i++) {
		*ret_taken += (unsigned)__builtin_popcountll(blocks[i].taken);
		*ret_all += BLOCK_STATES;
	}
}
