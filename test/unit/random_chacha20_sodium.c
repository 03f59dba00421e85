// SPDX-License-Identifier: MIT
/*
 * The C twin against an independent library where published vectors end: the
 * carry of the counter from its low to its high word, and its end at 2^64.
 */
#include "random/chacha20.h"
#include "tap.h"

#include <sodium.h>
#include <string.h>

enum { N_BLOCKS = 24, N_KEYS = 50 };

static bool agrees(uint64_t counter)
{
	uint8_t key[32], nonce[8], zero[N_BLOCKS * 64] = { 0 }, want[N_BLOCKS * 64];
	uint8_t got[N_BLOCKS * 64], scratch[64];
	uint32_t tail[4] = { (uint32_t)counter, (uint32_t)(counter >> 32) };

	randombytes_buf(key, sizeof(key));
	randombytes_buf(nonce, sizeof(nonce));
	memcpy(tail + 2, nonce, sizeof(nonce));
	crypto_stream_chacha20_xor_ic(want, zero, sizeof(want), nonce, counter, key);
	chacha20_blocks_c(got, key, tail, N_BLOCKS, scratch);
	return memcmp(want, got, sizeof(want)) == 0;
}

int main(void)
{
	static const uint64_t starts[] = { 0, UINT32_MAX, UINT32_MAX - 11, (1ULL << 40) - 3,
					   UINT64_MAX - N_BLOCKS + 1 };
	size_t i, k;

	require(sodium_init() >= 0);
	for (i = 0; i < ARRAY_SIZE(starts); i++) {
		unsigned wrong = 0;

		for (k = 0; k < N_KEYS; k++)
			wrong += !agrees(starts[i]);
		check_msg(wrong == 0, "libsodium agrees from block %#jx", (uintmax_t)starts[i]);
	}
	return tap_done();
}
