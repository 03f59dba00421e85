// SPDX-License-Identifier: MIT
/* RDSEED, RDRAND and the time stamp counter. */
#include "guest/purgatory.h"

enum {
	CPUID_FEATURES = 1,
	RDRAND_BIT = 30, /* ecx */
	CPUID_MORE_FEATURES = 7,
	RDSEED_BIT = 18, /* ebx */
	PATIENCE = 64,	 /* a generator that is dry for longer is broken */
};

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
unsigned purgatory_random_words(uint64_t word[static PURGATORY_RANDOM_WORDS])
{
	const bool seeds = has_rdseed(), rands = has_rdrand();
	unsigned i, n = 0;

	for (i = 0; i < PURGATORY_RANDOM_WORDS / 2; i++) {
		n += seeds && rdseed(&word[n]);
		n += rands && rdrand(&word[n]);
	}
	return n;
}

uint64_t purgatory_counter(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (uint64_t)high << 32 | low;
}
