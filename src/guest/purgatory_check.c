// SPDX-License-Identifier: MIT
#include "guest/purgatory.h"

static bool segment_intact(const struct purgatory_params *params,
			   const struct purgatory_secrets *secrets, unsigned index)
{
	const struct purgatory_range s = params->segment[index];
	struct digest_value value;
	struct digest digest;
	uint64_t at;

	digest_start(&digest, &secrets->key, s.addr, s.n_bytes);
	for (at = 0; at < s.n_bytes; at += PAGE_BYTES)
		digest_page(&digest, (const void *)(s.addr + at));
	value = digest_finish(&digest, index);
	return digest_equal(&value, &secrets->value[index]);
}

/*
 * Segment 0 holds the parameters themselves, so it goes first: behind it every
 * number in them is right, and before it none is needed but these two.
 */
int purgatory_check(const struct purgatory_params *params, const struct purgatory_secrets *secrets)
{
	unsigned i;

	if (!digest_known(params->digest_kind) || params->n_segments == 0)
		return 0;
	for (i = 0; i < params->n_segments; i++) {
		if (!segment_intact(params, secrets, i))
			return (int)i;
	}
	return -1;
}
