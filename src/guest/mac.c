// SPDX-License-Identifier: MIT
#include "guest/mac.h"

typedef unsigned __int128 u128;

enum { NH_STEP = 8 }; /* pairs of words in a turn of the loop: its own cost then hardly shows */

static inline u128 nh_pair(const uint64_t *m, const uint64_t *k)
{
	return (u128)(m[0] + k[0]) * (m[1] + k[1]);
}

/* The sum of the products of pairs, modulo 2^128. */
static inline u128 nh_page(const uint64_t *m, const uint64_t *k)
{
	const uint64_t *const end = m + PAGE_BYTES / 8;
	u128 sum = 0;

	for (; m != end; m += 2 * NH_STEP, k += 2 * NH_STEP) {
		sum += nh_pair(m, k);
		sum += nh_pair(m + 2, k + 2);
		sum += nh_pair(m + 4, k + 4);
		sum += nh_pair(m + 6, k + 6);
		sum += nh_pair(m + 8, k + 8);
		sum += nh_pair(m + 10, k + 10);
		sum += nh_pair(m + 12, k + 12);
		sum += nh_pair(m + 14, k + 14);
	}
	return sum;
}

/*
 * h = (h + block + 2^128) * r modulo 2^130 - 5. Clamping keeps r below 2^124
 * with r[1] a multiple of 4, so that r[1] * 2^128 is (r[1] + r[1] / 4) * 2^0 and no
 * sum overflows its 128 bits.
 */
static void poly_block(struct mac *mac, u128 block)
{
	const uint64_t r0 = mac->r[0], r1 = mac->r[1], folded = r1 + (r1 >> 2);
	u128 low = (u128)mac->h[0] + (uint64_t)block;
	u128 mid = (u128)mac->h[1] + (uint64_t)(block >> 64) + (uint64_t)(low >> 64);
	const uint64_t h0 = (uint64_t)low, h1 = (uint64_t)mid;
	const uint64_t h2 = mac->h[2] + 1 + (uint64_t)(mid >> 64);
	uint64_t high;

	low = (u128)h0 * r0 + (u128)h1 * folded;
	mid = (u128)h0 * r1 + (u128)h1 * r0 + h2 * folded + (uint64_t)(low >> 64);
	high = h2 * r0 + (uint64_t)(mid >> 64);
	/* what is above 2^130 comes back times 5 */
	low = (u128)(uint64_t)low + (high >> 2) * 5;
	mid = (u128)(uint64_t)mid + (uint64_t)(low >> 64);
	mac->h[0] = (uint64_t)low;
	mac->h[1] = (uint64_t)mid;
	mac->h[2] = (high & 3) + (uint64_t)(mid >> 64);
}

void mac_start(struct mac *mac, const struct mac_key *key, uint64_t addr, uint64_t n_bytes)
{
	mac->key = key;
	mac->r[0] = key->r[0] & 0x0ffffffc0fffffff;
	mac->r[1] = key->r[1] & 0x0ffffffc0ffffffc;
	mac->h[0] = mac->h[1] = mac->h[2] = 0;
	poly_block(mac, (u128)n_bytes << 64 | addr);
}

void mac_page(struct mac *mac, const void *page)
{
	poly_block(mac, nh_page(page, mac->key->nh));
}

void mac_finish(struct mac *mac, unsigned index, uint64_t ret_tag[static 2])
{
	const uint64_t *pad = mac->key->pad[index];
	u128 h, tag;
	uint64_t top;

	/* h is below 2 * (2^130 - 5): take that away once if it can be taken */
	h = (u128)mac->h[0] + 5;
	h = (u128)mac->h[1] + (uint64_t)(h >> 64);
	top = mac->h[2] + (uint64_t)(h >> 64);
	tag = (u128)mac->h[1] << 64 | mac->h[0];
	if (top >> 2)
		tag += 5;
	tag += (u128)pad[1] << 64 | pad[0];
	ret_tag[0] = (uint64_t)tag;
	ret_tag[1] = (uint64_t)(tag >> 64);
}
