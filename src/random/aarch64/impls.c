// SPDX-License-Identifier: MIT
/* ChaCha20 on aarch64, whose ABI for Linux has Advanced SIMD always. */
#include "random/chacha20.h"

chacha20_blocks_fn chacha20_blocks_neon;

static bool always(void)
{
	return true;
}

const struct chacha20_impl chacha20_impls[] = {
	{ "neon", chacha20_blocks_neon, always, 1 },
	{ "c", chacha20_blocks_c, always, 1 },
};
const size_t chacha20_n_impls = ARRAY_SIZE(chacha20_impls);
