// SPDX-License-Identifier: MIT
/*
 * Which ChaCha20 runs here. The pointer starts at a function that replaces it;
 * threads that race there store the same value.
 */
#include "random/chacha20.h"

static const struct chacha20_impl *best(void)
{
	size_t i = 0;

	while (i < chacha20_n_impls - 1 && !chacha20_impls[i].usable())
		i++;
	return &chacha20_impls[i];
}

static void choose_first(uint8_t *out, const uint8_t key[CHACHA20_KEY_BYTES], uint32_t tail[4],
			 size_t n_blocks, uint8_t scratch[CHACHA20_SCRATCH_BYTES])
{
	chacha20_use(best());
	chacha20_blocks(out, key, tail, n_blocks, scratch);
}

chacha20_blocks_fn *chacha20_blocks = choose_first;

void chacha20_use(const struct chacha20_impl *impl)
{
	__atomic_store_n(&chacha20_blocks, impl->blocks, __ATOMIC_RELAXED);
}

const struct chacha20_impl *chacha20_current(void)
{
	size_t i;

	for (i = 0; i < chacha20_n_impls; i++) {
		if (chacha20_impls[i].blocks == chacha20_blocks)
			return &chacha20_impls[i];
	}
	return best();
}
