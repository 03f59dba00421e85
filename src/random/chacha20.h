/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * ChaCha20 as a key stream: blocks of 64 bytes, nothing is encrypted here.
 *
 * The last row of the ChaCha state ("tail", words 12 to 15 of RFC 8439 2.3) is
 * the caller's: a 64-bit block counter in words 0 and 1, then 64 bits of nonce.
 * With the counter starting low this is also the RFC's layout of a 32-bit
 * counter and 96 bits of nonce. As a pseudo random function of 128 bits the
 * whole tail is the argument.
 */
#include "base/util.h"

#include <stddef.h>
#include <stdint.h>

enum {
	CHACHA20_BLOCK_BYTES = 64,
	CHACHA20_KEY_BYTES = 32,
	CHACHA20_TAIL_BYTES = 16,
	CHACHA20_SCRATCH_BYTES = 64,
};

/*
 * Write n_blocks blocks of key stream to out and advance the counter.
 *
 * Who draws random numbers does not care which word comes first. So a whole group of blocks that
 * were made side by side may lie there in columns (struct chacha20_impl): to turn them into rows
 * takes as long as one round in twenty. Each word is there once; fewer blocks than a group are in
 * order.
 *
 * The key is read before the first byte of out is written, so it may lie inside
 * out: fast key erasure overwrites the key with its own key stream. The tail may
 * not lie there. The assembly versions touch no stack and wipe every vector
 * register on return; C cannot promise the first.
 *
 * What does not fit into the registers goes into scratch, which is as secret as the key.
 * It may be the last block of out, and is key stream then; elsewhere the caller wipes it.
 * It is never out unasked: that may be memory which others see.
 */
typedef void chacha20_blocks_fn(uint8_t *out, const uint8_t key[CHACHA20_KEY_BYTES],
				uint32_t tail[4], size_t n_blocks,
				uint8_t scratch[CHACHA20_SCRATCH_BYTES]);

chacha20_blocks_fn chacha20_blocks_c;

struct chacha20_impl {
	const char *name;
	chacha20_blocks_fn *blocks;
	bool (*usable)(void); /* does this processor, under this kernel, run it? */
	/* Of each so many blocks, counted from the first of a call, word 0 of all, then word 1 of
	 * all; 1: rows. */
	unsigned group;
};

/* This architecture's implementations, the best first, the C twin last. */
extern const struct chacha20_impl chacha20_impls[];
extern const size_t chacha20_n_impls;

/* The best usable one, chosen at the first call. */
extern chacha20_blocks_fn *chacha20_blocks;

/* Use this one from now on; for tests and measurements. */
void chacha20_use(const struct chacha20_impl *impl);

/* The implementation in use. */
const struct chacha20_impl *chacha20_current(void);
