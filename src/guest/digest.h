/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * What vouches for a staged segment: made by the loading side, checked by the
 * purgatory. One kind so far. A crash image will want SHA-256, which no key in
 * the same memory can forge for it: that is another kind, here and nowhere else.
 */
#include "guest/mac.h"

enum digest_kind { DIGEST_MAC = 1 };

enum { DIGEST_MAX_SEGMENTS = MAC_MAX_TAGS };

struct digest_value {
	uint64_t word[4]; /* of a MAC the first two */
};

struct digest {
	struct mac mac;
};

/* The kinds this code can make and check. */
static inline bool digest_known(uint32_t kind)
{
	return kind == DIGEST_MAC;
}

static inline void digest_start(struct digest *d, const struct mac_key *key, uint64_t addr,
				uint64_t n_bytes)
{
	mac_start(&d->mac, key, addr, n_bytes);
}

static inline void digest_page(struct digest *d, const void *page)
{
	mac_page(&d->mac, page);
}

static inline struct digest_value digest_finish(struct digest *d, unsigned index)
{
	struct digest_value value = { { 0 } };

	mac_finish(&d->mac, index, value.word);
	return value;
}

static inline bool digest_equal(const struct digest_value *a, const struct digest_value *b)
{
	return ((a->word[0] ^ b->word[0]) | (a->word[1] ^ b->word[1]) | (a->word[2] ^ b->word[2]) |
		(a->word[3] ^ b->word[3])) == 0;
}
