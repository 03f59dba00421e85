// SPDX-License-Identifier: MIT
#include "seed/mix.h"
#include "random/chacha20.h"
#include "base/util.h"
#include "tap.h"

#include <string.h>

static const uint8_t key[SEED_KEY_BYTES] = { 1, 2, 3 };

struct piece {
	enum seed_piece kind;
	const char *data;
};

static void mix(const uint8_t *k, const struct piece *piece, unsigned n, uint8_t *out, size_t n_out)
{
	static const uint8_t zero[SEED_KEY_BYTES];
	struct seed_mix m;

	seed_mix_start(&m, k);
	for (unsigned i = 0; i < n; i++)
		seed_mix_add(&m, piece[i].kind, piece[i].data, strlen(piece[i].data));
	seed_mix_finish(&m, out, n_out);
	check_msg(!memcmp(m.key, zero, sizeof(zero)), "the key is gone");
}

/* No two of these lists may read the same. */
static void test_injective(void)
{
	static const struct piece lists[][3] = {
		{ { 1, "" } },
		{ { 2, "" } },
		{ { 1, "a" } },
		{ { 1, "aa" } },
		{ { 1, "a" }, { 1, "a" } },
		{ { 1, "aaaaaaaaaaaaaaaa" } },
		{ { 1, "aaaaaaaaaaaaaaaa" }, { 1, "" } },
		{ { 1, "aaaaaaaaaaaaaaaaa" } },
		{ { 1, "b" }, { 2, "c" } },
		{ { 2, "c" }, { 1, "b" } },
		{ { 1, "bc" }, { 2, "" } },
		{ { 1, "" }, { 2, "bc" } },
	};
	uint8_t out[sizeof(lists) / sizeof(lists[0])][SEED_BYTES];
	unsigned n, same = 0;

	for (unsigned i = 0; i < ARRAY_SIZE(lists); i++) {
		for (n = 0; n < 3 && lists[i][n].data; n++)
			;
		mix(key, lists[i], n, out[i], SEED_BYTES);
		for (unsigned j = 0; j < i; j++)
			same += !memcmp(out[i], out[j], SEED_BYTES);
	}
	check_msg(same == 0, "every list has a seed of its own: %u equal", same);
}

/* The definition, step by step, with nothing but the block function. */
static void test_definition(void)
{
	uint32_t head[4] = { SEED_PIECE_TSC, 0, 5, 0 }, data[4] = { 0 },
		 last[4] = { 0xff, 0, 70, 0 };
	uint32_t counter[4] = { 0 };
	uint8_t k[64], want[128], got[70], scratch[64];

	memcpy(data, "12345", 5);
	memcpy(k, key, 32);
	chacha20_blocks_c(k, k, head, 1, scratch);
	chacha20_blocks_c(k, k, data, 1, scratch);
	chacha20_blocks_c(k, k, last, 1, scratch);
	chacha20_blocks_c(want, k, counter, 2, scratch);
	mix(key, (struct piece[]){ { SEED_PIECE_TSC, "12345" } }, 1, got, sizeof(got));
	check_msg(!memcmp(got, want, sizeof(got)), "a cascade of ChaCha20 blocks");
}

static void test_key_and_place(void)
{
	const struct piece piece = { SEED_PIECE_OLD, "old" };
	uint8_t other[SEED_KEY_BYTES] = { 1, 2, 4 }, a[32], b[32];
	struct seed_mix m;

	mix(key, &piece, 1, a, 32);
	mix(other, &piece, 1, b, 32);
	check_msg(memcmp(a, b, 32) != 0, "another key, another seed");
	memcpy(b, a, 32);
	seed_mix_start(&m, key);
	seed_mix_add(&m, SEED_PIECE_OLD, b, 32);
	seed_mix_finish(&m, b, 32);
	check_msg(memcmp(a, b, 32) != 0, "a seed may be replaced where it lies");
	check_msg(seed_fingerprint(a, 32) != seed_fingerprint(b, 32),
		  "fingerprints tell them apart");
	check_msg(seed_fingerprint(a, 32) == seed_fingerprint(a, 32),
		  "and are the same for the same");
}

int main(void)
{
	test_injective();
	test_definition();
	test_key_and_place();
	return tap_done();
}
