// SPDX-License-Identifier: MIT
#include "random/insist.h"

#include "random/wipe.h"

enum { TRIES = 64 };

/*
 * The generator says "not now" when others drain it; a processor that says all zeros or
 * all ones with success is the broken kind and counts as not answering.
 */
static bool one(bool (*step)(uint64_t *), uint64_t *ret)
{
	bool ok = false;
	uint64_t v;
	unsigned i;

	for (i = 0; !ok && i < TRIES; i++)
		ok = step(&v) && v != 0 && v != UINT64_MAX;
	if (ok)
		*ret = v;
	wipe(&v, sizeof(v));
	return ok;
}

bool insist(bool (*step)(uint64_t *), uint64_t *words, size_t n_words)
{
	uint64_t got[INSIST_WORDS_MOST] = { 0 };
	size_t i;
	bool ok = n_words <= INSIST_WORDS_MOST;

	for (i = 0; ok && i < n_words; i++)
		ok = one(step, &got[i]);
	for (i = 0; ok && i < n_words; i++) {
		words[i] = got[i];
		/* not memcpy(3): see wipe.h */
		__asm__ volatile("" ::: "memory");
	}
	wipe(got, sizeof(got));
	return ok;
}
