// SPDX-License-Identifier: MIT
/* ChaCha20 on aarch64: the C twin alone, until NEON has an entry here. */
#include "random/chacha20.h"

static bool always(void)
{
	return true;
}

const struct chacha20_impl chacha20_impls[] = {
	{ "c", chacha20_blocks_c, always },
};
const size_t chacha20_n_impls = ARRAY_SIZE(chacha20_impls);
