// SPDX-License-Identifier: MIT
/* RNDR and RNDRRS (FEAT_RNG), the counter, and the processor's cycles. */
#include "guest/purgatory.h"
#include "guest/aarch64/system.h"

enum {
	ISAR0_RNDR = 60,
	DFR0_PMU = 8,
	PMU_OTHER = 0xf, /* one that is not Arm's */
	PATIENCE = 64,
};

static bool has_rndr(void)
{
	return READ_REGISTER(id_aa64isar0_el1) >> ISAR0_RNDR & 0xf;
}

static bool rndr(uint64_t *ret)
{
	bool ok = false;

	for (unsigned i = 0; i < PATIENCE && !ok; i++)
		__asm__ volatile("mrs %0, s3_3_c2_c4_0" : "=r"(*ret), "=@ccne"(ok));
	return ok;
}

static bool rndrrs(uint64_t *ret)
{
	bool ok = false;

	for (unsigned i = 0; i < PATIENCE && !ok; i++)
		__asm__ volatile("mrs %0, s3_3_c2_c4_1\n\tyield" : "=r"(*ret), "=@ccne"(ok));
	return ok;
}

unsigned purgatory_random_words(uint64_t word[static PURGATORY_RANDOM_WORDS])
{
	const bool has = has_rndr();
	unsigned n = 0;

	for (unsigned i = 0; has && i < PURGATORY_RANDOM_WORDS / 2; i++) {
		n += rndrrs(&word[n]);
		n += rndr(&word[n]);
	}
	return n;
}

/* kexec may have left it stopped. 0 where there is none. */
static uint64_t cycles(void)
{
	const uint64_t pmu = READ_REGISTER(id_aa64dfr0_el1) >> DFR0_PMU & 0xf;

	if (pmu == 0 || pmu == PMU_OTHER)
		return 0;
	WRITE_REGISTER(pmcntenset_el0, UINT64_C(1) << 31);
	WRITE_REGISTER(pmcr_el0, READ_REGISTER(pmcr_el0) | 1);
	__asm__ volatile("isb");
	return READ_REGISTER(pmccntr_el0);
}

/*
 * The counter is slow, and clones of one snapshot go on with the same value: how far it and the
 * cycles drift apart, which no two runs share, is folded in.
 */
uint64_t purgatory_counter(void)
{
	enum { ROUNDS = 64 };
	uint64_t mix = 0;

	for (unsigned i = 0; i < ROUNDS; i++) {
		__asm__ volatile("isb");
		mix = (mix << 5 | mix >> 59) ^ READ_REGISTER(cntvct_el0) ^ cycles() << 20;
	}
	return mix;
}
