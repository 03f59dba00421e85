// SPDX-License-Identifier: MIT
/* RNDR and RNDRRS (FEAT_RNG), which few processors have. */
#include "random/cpu.h"

#include <sys/auxv.h>

#include "random/insist.h"

#ifndef HWCAP2_RNG
#define HWCAP2_RNG (1 << 16) /* asm/hwcap.h */
#endif

/* Both clear the flags on success and set Z when there is nothing to be had now. */
static bool rndr(uint64_t *ret)
{
	uint64_t v;
	bool ok;

	__asm__ volatile("mrs %0, s3_3_c2_c4_0" : "=r"(v), "=@ccne"(ok));
	*ret = v;
	return ok;
}

/* The same behind a new seed of the processor's own source, which takes longer. */
static bool rndrrs(uint64_t *ret)
{
	uint64_t v;
	bool ok;

	__asm__ volatile("mrs %0, s3_3_c2_c4_1" : "=r"(v), "=@ccne"(ok));
	*ret = v;
	return ok;
}

/* The kernel answers for all processors of the machine, from what it handed us at start. */
static bool has_rng(void)
{
	return getauxval(AT_HWCAP2) & HWCAP2_RNG;
}

bool cpu_random(uint64_t *words, size_t n_words)
{
	return has_rng() && (insist(rndr, words, n_words) || insist(rndrrs, words, n_words));
}

const char *cpu_random_name(void)
{
	return has_rng() ? "RNDR" : NULL;
}
