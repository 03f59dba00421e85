// SPDX-License-Identifier: MIT
/*
 * One array of states, a bit each. A bit is taken and given back with one atomic
 * operation: there is no lock that a fork, a signal handler or a cancelled thread could
 * leave held. A fork's child inherits the bits: the states of its one thread are still
 * that thread's, with nothing in them, and those of the other threads are lost to it.
 */
#include "random/states.h"

#include "random/memory.h"

enum {
	N_STATES = 4096, /* addresses; the kernel gives pages as they are used */
	N_FEW = 128,	 /* under a limit of address space */
	N_SHARED = 64,	 /* the first ones are those that are lent */
	LOAN_BYTES = 16, /* few on one cache line */
};

static struct state *states;
static unsigned n_states;
static uint64_t taken[N_STATES / 64];

/* In memory that is neither wiped nor dropped: a state that is lent stays lent. */
static struct {
	uint32_t lent;
} __attribute__((aligned(LOAN_BYTES))) loans[N_SHARED];

void states_begin(void)
{
	unsigned n;

	for (n = N_STATES; !states && n >= N_FEW; n /= N_STATES / N_FEW) {
		states = memory_map(n * STATE_BYTES / PAGE_BYTES, true);
		n_states = states ? n : 0;
	}
	taken[0] = UINT64_MAX; /* the shared ones */
}

void states_forget(void)
{
	states = NULL;
	n_states = 0;
}

static struct state *take_from(unsigned word)
{
	uint64_t bits = __atomic_load_n(&taken[word], __ATOMIC_RELAXED);

	while (bits != UINT64_MAX) {
		unsigned i = (unsigned)__builtin_ctzll(~bits);

		if (__atomic_compare_exchange_n(&taken[word], &bits, bits | 1ULL << i, true,
						__ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
			return &states[word * 64 + i];
	}
	return NULL;
}

struct state *states_take(void)
{
	struct state *s = NULL;
	unsigned i;

	for (i = 0; !s && i < n_states / 64; i++)
		s = take_from(i);
	return s;
}

void states_give(struct state *s)
{
	size_t i = (size_t)(s - states);

	explicit_bzero(s, sizeof(*s));
	__atomic_and_fetch(&taken[i / 64], ~(1ULL << i % 64), __ATOMIC_RELEASE);
}

static bool lend(unsigned i)
{
	uint32_t *lent = &loans[i].lent;

	return !__atomic_load_n(lent, __ATOMIC_RELAXED) &&
	       !__atomic_exchange_n(lent, 1, __ATOMIC_ACQUIRE);
}

struct state *states_borrow(unsigned from)
{
	unsigned i;

	for (i = 0; n_states && i < N_SHARED; i++, from++) {
		if (lend(from % N_SHARED))
			return &states[from % N_SHARED];
	}
	return NULL;
}

void states_return(struct state *s)
{
	__atomic_store_n(&loans[s - states].lent, 0, __ATOMIC_RELEASE);
}

void states_count(unsigned *ret_taken, unsigned *ret_all)
{
	unsigned i;

	*ret_taken = 0;
	*ret_all = n_states;
	for (i = 0; i < n_states / 64; i++)
		*ret_taken += (unsigned)__builtin_popcountll(taken[i]);
	*ret_taken -= n_states ? N_SHARED : 0;
}
