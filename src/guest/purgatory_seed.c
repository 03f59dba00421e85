// SPDX-License-Identifier: MIT
/*
 * The last step of the seed's way, at the jump: what was staged may lie in a
 * snapshot of this machine, and in every clone made of that. Only what is read here and
 * now can make the clones' seeds differ.
 */
#include "guest/purgatory.h"
#include "seed/mix.h"

#include <string.h>

/* vmclock's page as its ABI lays it out, version 1: up to the generation counter's end. */
enum { VMCLOCK_BYTES = 0x70, VMGENID_BYTES = 16 };

static void add_processor(struct seed_mix *mix, bool none)
{
	uint64_t word[PURGATORY_RANDOM_WORDS];
	const unsigned n = none ? 0 : purgatory_random_words(word);

	seed_mix_add(mix, SEED_PIECE_PROCESSOR, word, n * sizeof(word[0]));
	explicit_bzero(word, sizeof(word));
}

static void add_counter(struct seed_mix *mix, bool stands)
{
	const uint64_t n = stands ? 0 : purgatory_counter();

	seed_mix_add(mix, SEED_PIECE_TSC, &n, sizeof(n));
}

/* A copy first: who writes there does not wait for us, and nothing may be read twice. */
static void add_physical(struct seed_mix *mix, enum seed_piece kind, uint64_t addr,
			 unsigned n_bytes)
{
	const volatile uint64_t *from = (const volatile uint64_t *)addr;
	uint64_t copy[VMCLOCK_BYTES / 8];
	unsigned i;

	for (i = 0; addr && i < n_bytes / 8; i++)
		copy[i] = from[i];
	seed_mix_add(mix, kind, copy, addr ? n_bytes : 0);
}

/* Kept out of its caller, so that the stack it used lies below the caller's and can be wiped. */
__attribute__((noinline)) void purgatory_finish_seed(const struct purgatory_seed *seed,
						     const uint8_t *key)
{
	const bool mixes = !(seed->flags & PURGATORY_SEED_NO_GENERATION);
	struct seed_mix mix;

	seed_mix_start(&mix, key);
	seed_mix_add(&mix, SEED_PIECE_OLD, (const void *)seed->addr, seed->n_bytes);
	add_processor(&mix, seed->flags & PURGATORY_SEED_NO_PROCESSOR);
	add_counter(&mix, seed->flags & PURGATORY_SEED_NO_TIME);
	add_physical(&mix, SEED_PIECE_VMGENID, mixes ? seed->vmgenid : 0, VMGENID_BYTES);
	add_physical(&mix, SEED_PIECE_VMCLOCK, mixes ? seed->vmclock : 0, VMCLOCK_BYTES);
	seed_mix_finish(&mix, (void *)seed->addr, seed->n_bytes);
	if (seed->flags & (PURGATORY_SEED_SHOW | PURGATORY_SEED_SHOW_ALL))
		purgatory_show_seed(seed);
}
