// SPDX-License-Identifier: MIT
#include "random/cpu.h"

#include <cpuid.h>
#include <stddef.h>

#include "random/insist.h"

enum { ASKED = 1, HAS_RDSEED = 2, HAS_RDRAND = 4 };

/* Asked once: in a virtual machine CPUID is answered by the hypervisor, which takes a microsecond.
 */
static unsigned features(void)
{
	static unsigned found;
	unsigned f = __atomic_load_n(&found, __ATOMIC_RELAXED);
	uint32_t a, b, c, d;

	if (f)
		return f;
	f = ASKED;
	if (__get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_RDSEED))
		f |= HAS_RDSEED;
	if (__get_cpuid(1, &a, &b, &c, &d) && (c & bit_RDRND))
		f |= HAS_RDRAND;
	__atomic_store_n(&found, f, __ATOMIC_RELAXED);
	return f;
}

static bool rdseed(uint64_t *ret)
{
	uint64_t v;
	bool ok;

	__asm__ volatile("rdseed %0" : "=r"(v), "=@ccc"(ok));
	*ret = v;
	return ok;
}

static bool rdrand(uint64_t *ret)
{
	uint64_t v;
	bool ok;

	__asm__ volatile("rdrand %0" : "=r"(v), "=@ccc"(ok));
	*ret = v;
	return ok;
}

/* RDRAND is as different in clones as RDSEED, and several times as fast. */
bool cpu_random(uint64_t *words, size_t n_words)
{
	if ((features() & HAS_RDRAND) && insist(rdrand, words, n_words))
		return true;
	return (features() & HAS_RDSEED) && insist(rdseed, words, n_words);
}

const char *cpu_random_name(void)
{
	return features() & HAS_RDRAND ? "RDRAND" : features() & HAS_RDSEED ? "RDSEED" : NULL;
}
