// SPDX-License-Identifier: MIT
#include "seed/mix.h"
#include "random/chacha20.h"

#include <string.h>

/* One step of the cascade; the half of the block that is no key is never looked at. */
static void step(struct seed_mix *mix, const void *data, size_t n_bytes)
{
	uint8_t block[CHACHA20_BLOCK_BYTES];
	uint32_t tail[CHACHA20_TAIL_BYTES / 4] = { 0 };

	memcpy(tail, data, n_bytes);
	chacha20_blocks_c(block, mix->key, tail, 1, block);
	memcpy(mix->key, block, sizeof(mix->key));
	explicit_bzero(block, sizeof(block));
	explicit_bzero(tail, sizeof(tail));
}

static void announce(struct seed_mix *mix, enum seed_piece kind, size_t n_bytes)
{
	const uint64_t head[2] = { (uint64_t)kind, n_bytes };

	step(mix, head, sizeof(head));
}

void seed_mix_start(struct seed_mix *mix, const uint8_t key[static SEED_KEY_BYTES])
{
	memcpy(mix->key, key, sizeof(mix->key));
}

void seed_mix_add(struct seed_mix *mix, enum seed_piece kind, const void *data, size_t n_bytes)
{
	const uint8_t *at = data;
	size_t n;

	announce(mix, kind, n_bytes);
	for (; n_bytes; at += n, n_bytes -= n) {
		n = n_bytes < CHACHA20_TAIL_BYTES ? n_bytes : CHACHA20_TAIL_BYTES;
		step(mix, at, n);
	}
}

void seed_mix_finish(struct seed_mix *mix, void *out, size_t n_bytes)
{
	uint8_t block[CHACHA20_BLOCK_BYTES], *at = out;
	uint32_t tail[CHACHA20_TAIL_BYTES / 4] = { 0 };
	size_t n;

	announce(mix, SEED_PIECE_LAST, n_bytes);
	for (; n_bytes; at += n, n_bytes -= n) {
		n = n_bytes < sizeof(block) ? n_bytes : sizeof(block);
		chacha20_blocks_c(block, mix->key, tail, 1, block);
		memcpy(at, block, n);
	}
	explicit_bzero(block, sizeof(block));
	explicit_bzero(mix, sizeof(*mix));
}

uint64_t seed_fingerprint(const void *seed, size_t n_bytes)
{
	/* any key will do that nothing else is keyed with */
	static const uint8_t key[SEED_KEY_BYTES] = "bardo: fingerprint of a seed";
	struct seed_mix mix;
	uint64_t print;

	seed_mix_start(&mix, key);
	seed_mix_add(&mix, SEED_PIECE_OLD, seed, n_bytes);
	seed_mix_finish(&mix, &print, sizeof(print));
	return print;
}
