// SPDX-License-Identifier: MIT
/*
 * The C twin of the assembly, written from RFC 8439 section 2 and meant to be
 * read next to it: it judges the others, and serves where there are none.
 */
#include "random/chacha20.h"

#include <string.h>

static uint32_t rotl(uint32_t v, unsigned n)
{
	return v << n | v >> (32 - n);
}

static uint32_t load_le32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void store_le32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
	p[2] = (uint8_t)(v >> 16);
	p[3] = (uint8_t)(v >> 24);
}

/* RFC 8439 2.1 */
static void quarter_round(uint32_t x[16], unsigned a, unsigned b, unsigned c, unsigned d)
{
	x[a] += x[b];
	x[d] = rotl(x[d] ^ x[a], 16);
	x[c] += x[d];
	x[b] = rotl(x[b] ^ x[c], 12);
	x[a] += x[b];
	x[d] = rotl(x[d] ^ x[a], 8);
	x[c] += x[d];
	x[b] = rotl(x[b] ^ x[c], 7);
}

/* RFC 8439 2.3.1, inner_block: a column round, then a diagonal round */
static void double_round(uint32_t x[16])
{
	unsigned i;

	for (i = 0; i < 4; i++)
		quarter_round(x, i, 4 + i, 8 + i, 12 + i);
	for (i = 0; i < 4; i++)
		quarter_round(x, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4);
}

static void block(uint8_t out[CHACHA20_BLOCK_BYTES], const uint32_t in[16])
{
	uint32_t x[16];
	unsigned i;

	memcpy(x, in, sizeof(x));
	for (i = 0; i < 10; i++)
		double_round(x);
	for (i = 0; i < 16; i++)
		store_le32(out + 4 * i, x[i] + in[i]);
	explicit_bzero(x, sizeof(x));
}

void chacha20_blocks_c(uint8_t *out, const uint8_t key[CHACHA20_KEY_BYTES], uint32_t tail[4],
		       size_t n_blocks, uint8_t scratch[CHACHA20_SCRATCH_BYTES])
{
	/* "expand 32-byte k", RFC 8439 2.3 */
	uint32_t in[16] = { 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574 };
	unsigned i;

	for (i = 0; i < 8; i++)
		in[4 + i] = load_le32(key + 4 * i);
	memcpy(in + 12, tail, CHACHA20_TAIL_BYTES);
	for (; n_blocks; n_blocks--, out += CHACHA20_BLOCK_BYTES) {
		block(out, in);
		if (++in[12] == 0)
			in[13]++;
	}
	memcpy(tail, in + 12, CHACHA20_TAIL_BYTES);
	explicit_bzero(in, sizeof(in));
}
