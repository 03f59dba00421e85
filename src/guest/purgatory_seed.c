// SPDX-License-Identifier: MIT
/*
 * The last step of the seed's way, at the jump: what was staged may lie in a
 * snapshot of this machine, and in every clone made of that. Only what is read here and
 * now can make the clones' seeds differ.
 */
#include "guest/purgatory.h"
#include "seed/mix.h"

#include <string.h>

enum {
	CPUID_FEATURES = 1,
	RDRAND_BIT = 30, /* ecx */
	CPUID_MORE_FEATURES = 7,
	RDSEED_BIT = 18, /* ebx */
	N_WORDS = 4,
	PATIENCE = 64, /* a generator that is dry for longer is broken */
};

/* vmclock's page as its ABI lays it out, version 1: up to the generation counter's end. */
enum { VMCLOCK_BYTES = 0x70, VMGENID_BYTES = 16 };

struct cpuid {
	uint32_t eax, ebx, ecx, edx;
};

static struct cpuid cpuid(uint32_t leaf)
{
	struct cpuid c;

	__asm__ volatile("cpuid"
			 : "=a"(c.eax), "=b"(c.ebx), "=c"(c.ecx), "=d"(c.edx)
			 : "a"(leaf), "c"(0));
	return c;
}

static bool has_rdrand(void)
{
	return cpuid(CPUID_FEATURES).ecx >> RDRAND_BIT & 1;
}

static bool has_rdseed(void)
{
	return cpuid(0).eax >= CPUID_MORE_FEATURES &&
	       cpuid(CPUID_MORE_FEATURES).ebx >> RDSEED_BIT & 1;
}

static bool rdrand(uint64_t *ret)
{
	unsigned i;
	bool ok = false;

	for (i = 0; i < PATIENCE && !ok; i++)
		__asm__ volatile("rdrand %0" : "=r"(*ret), "=@ccc"(ok));
	return ok;
}

static bool rdseed(uint64_t *ret)
{
	unsigned i;
	bool ok = false;

	for (i = 0; i < PATIENCE && !ok; i++)
		__asm__ volatile("rdseed %0\n\tpause" : "=r"(*ret), "=@ccc"(ok));
	return ok;
}

/* Both where there are both: neither is trusted to be the better one. */
static void add_processor(struct seed_mix *mix, bool none)
{
	const bool seeds = !none && has_rdseed(), rands = !none && has_rdrand();
	uint64_t word[2 * N_WORDS];
	unsigned i, n = 0;

	for (i = 0; i < N_WORDS; i++) {
		n += seeds && rdseed(&word[n]);
		n += rands && rdrand(&word[n]);
	}
	seed_mix_add(mix, SEED_PIECE_PROCESSOR, word, n * sizeof(word[0]));
	explicit_bzero(word, sizeof(word));
}

static void add_tsc(struct seed_mix *mix, bool stands)
{
	uint32_t low, high;
	uint64_t tsc;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	tsc = stands ? 0 : (uint64_t)high << 32 | low;
	seed_mix_add(mix, SEED_PIECE_TSC, &tsc, sizeof(tsc));
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
	add_tsc(&mix, seed->flags & PURGATORY_SEED_NO_TIME);
	add_physical(&mix, SEED_PIECE_VMGENID, mixes ? seed->vmgenid : 0, VMGENID_BYTES);
	add_physical(&mix, SEED_PIECE_VMCLOCK, mixes ? seed->vmclock : 0, VMCLOCK_BYTES);
	seed_mix_finish(&mix, (void *)seed->addr, seed->n_bytes);
	if (seed->flags & (PURGATORY_SEED_SHOW | PURGATORY_SEED_SHOW_ALL))
		purgatory_show_seed(seed);
}
