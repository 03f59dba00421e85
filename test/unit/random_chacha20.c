// SPDX-License-Identifier: MIT
/*
 * The C twin against RFC 8439 and libsodium, and every implementation that this
 * machine runs against the C twin.
 */
#include "random/chacha20.h"
#include "tap.h"

#include <stdlib.h>
#include <string.h>

enum { N_KEYS = 2000, MOST_BLOCKS = 67, SPLIT_BLOCKS = 100, GUARD_BYTES = 64 };

/* RFC 8439 2.3.2 and A.1, the whole tail (counter and nonce) as words */
static const struct row {
	const char *name;
	uint8_t key[32];
	uint32_t tail[4];
	uint8_t block[64];
} rows[] = {
	{ "2.3.2",
	  { 0,	1,  2,	3,  4,	5,  6,	7,  8,	9,  10, 11, 12, 13, 14, 15,
	    16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31 },
	  { 1, 0x09000000, 0x4a000000, 0 },
	  { 0x10, 0xf1, 0xe7, 0xe4, 0xd1, 0x3b, 0x59, 0x15, 0x50, 0x0f, 0xdd, 0x1f, 0xa3,
	    0x20, 0x71, 0xc4, 0xc7, 0xd1, 0xf4, 0xc7, 0x33, 0xc0, 0x68, 0x03, 0x04, 0x22,
	    0xaa, 0x9a, 0xc3, 0xd4, 0x6c, 0x4e, 0xd2, 0x82, 0x64, 0x46, 0x07, 0x9f, 0xaa,
	    0x09, 0x14, 0xc2, 0xd7, 0x05, 0xd9, 0x8b, 0x02, 0xa2, 0xb5, 0x12, 0x9c, 0xd1,
	    0xde, 0x16, 0x4e, 0xb9, 0xcb, 0xd0, 0x83, 0xe8, 0xa2, 0x50, 0x3c, 0x4e } },
	{ "A.1 #1",
	  { 0 },
	  { 0, 0, 0, 0 },
	  { 0x76, 0xb8, 0xe0, 0xad, 0xa0, 0xf1, 0x3d, 0x90, 0x40, 0x5d, 0x6a, 0xe5, 0x53,
	    0x86, 0xbd, 0x28, 0xbd, 0xd2, 0x19, 0xb8, 0xa0, 0x8d, 0xed, 0x1a, 0xa8, 0x36,
	    0xef, 0xcc, 0x8b, 0x77, 0x0d, 0xc7, 0xda, 0x41, 0x59, 0x7c, 0x51, 0x57, 0x48,
	    0x8d, 0x77, 0x24, 0xe0, 0x3f, 0xb8, 0xd8, 0x4a, 0x37, 0x6a, 0x43, 0xb8, 0xf4,
	    0x15, 0x18, 0xa1, 0x1c, 0xc3, 0x87, 0xb6, 0x69, 0xb2, 0xee, 0x65, 0x86 } },
	{ "A.1 #2",
	  { 0 },
	  { 1, 0, 0, 0 },
	  { 0x9f, 0x07, 0xe7, 0xbe, 0x55, 0x51, 0x38, 0x7a, 0x98, 0xba, 0x97, 0x7c, 0x73,
	    0x2d, 0x08, 0x0d, 0xcb, 0x0f, 0x29, 0xa0, 0x48, 0xe3, 0x65, 0x69, 0x12, 0xc6,
	    0x53, 0x3e, 0x32, 0xee, 0x7a, 0xed, 0x29, 0xb7, 0x21, 0x76, 0x9c, 0xe6, 0x4e,
	    0x43, 0xd5, 0x71, 0x33, 0xb0, 0x74, 0xd8, 0x39, 0xd5, 0x31, 0xed, 0x1f, 0x28,
	    0x51, 0x0a, 0xfb, 0x45, 0xac, 0xe1, 0x0a, 0x1f, 0x4b, 0x79, 0x4d, 0x6f } },
	{ "A.1 #3",
	  { [31] = 1 },
	  { 1, 0, 0, 0 },
	  { 0x3a, 0xeb, 0x52, 0x24, 0xec, 0xf8, 0x49, 0x92, 0x9b, 0x9d, 0x82, 0x8d, 0xb1,
	    0xce, 0xd4, 0xdd, 0x83, 0x20, 0x25, 0xe8, 0x01, 0x8b, 0x81, 0x60, 0xb8, 0x22,
	    0x84, 0xf3, 0xc9, 0x49, 0xaa, 0x5a, 0x8e, 0xca, 0x00, 0xbb, 0xb4, 0xa7, 0x3b,
	    0xda, 0xd1, 0x92, 0xb5, 0xc4, 0x2f, 0x73, 0xf2, 0xfd, 0x4e, 0x27, 0x36, 0x44,
	    0xc8, 0xb3, 0x61, 0x25, 0xa6, 0x4a, 0xdd, 0xeb, 0x00, 0x6c, 0x13, 0xa0 } },
	{ "A.1 #4",
	  { [1] = 0xff },
	  { 2, 0, 0, 0 },
	  { 0x72, 0xd5, 0x4d, 0xfb, 0xf1, 0x2e, 0xc4, 0x4b, 0x36, 0x26, 0x92, 0xdf, 0x94,
	    0x13, 0x7f, 0x32, 0x8f, 0xea, 0x8d, 0xa7, 0x39, 0x90, 0x26, 0x5e, 0xc1, 0xbb,
	    0xbe, 0xa1, 0xae, 0x9a, 0xf0, 0xca, 0x13, 0xb2, 0x5a, 0xa2, 0x6c, 0xb4, 0xa6,
	    0x48, 0xcb, 0x9b, 0x9d, 0x1b, 0xe6, 0x5b, 0x2c, 0x09, 0x24, 0xa6, 0x6c, 0x54,
	    0xd5, 0x45, 0xec, 0x1b, 0x73, 0x74, 0xf4, 0x87, 0x2e, 0x99, 0xf0, 0x96 } },
	{ "A.1 #5",
	  { 0 },
	  { 0, 0, 0, 0x02000000 },
	  { 0xc2, 0xc6, 0x4d, 0x37, 0x8c, 0xd5, 0x36, 0x37, 0x4a, 0xe2, 0x04, 0xb9, 0xef,
	    0x93, 0x3f, 0xcd, 0x1a, 0x8b, 0x22, 0x88, 0xb3, 0xdf, 0xa4, 0x96, 0x72, 0xab,
	    0x76, 0x5b, 0x54, 0xee, 0x27, 0xc7, 0x8a, 0x97, 0x0e, 0x0e, 0x95, 0x5c, 0x14,
	    0xf3, 0xa8, 0x8e, 0x74, 0x1b, 0x97, 0xc2, 0x86, 0xf7, 0x5f, 0x8f, 0xc2, 0x99,
	    0xe8, 0x14, 0x83, 0x62, 0xfa, 0x19, 0x8a, 0x39, 0x53, 0x1b, 0xed, 0x6d } },
};

/* starts from which these blocks meet the end of a 32-bit word or of the 64 bits */
static const uint32_t starts[][2] = {
	{ 0, 0 },
	{ UINT32_MAX, 0 },
	{ UINT32_MAX - 5, 7 },
	{ UINT32_MAX - 17, 7 },
	{ UINT32_MAX - 40, 7 },
	{ UINT32_MAX - 20, UINT32_MAX - 1 },
	{ UINT32_MAX, UINT32_MAX },
	{ UINT32_MAX - 9, UINT32_MAX },
};

static void random_bytes(void *p, size_t n)
{
	uint8_t *b = p;

	while (n--)
		*b++ = (uint8_t)random();
}

static void test_vectors(const struct chacha20_impl *impl)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		uint32_t tail[4];
		uint8_t block[64];

		memcpy(tail, rows[i].tail, sizeof(tail));
		impl->blocks(block, rows[i].key, tail, 1, block);
		check_msg(memcmp(block, rows[i].block, 64) == 0, "%s: RFC 8439 %s", impl->name,
			  rows[i].name);
		check(tail[0] == rows[i].tail[0] + 1);
	}
}

static size_t count_not(const uint8_t *p, size_t n, uint8_t value)
{
	size_t found = 0;

	while (n--)
		found += *p++ != value;
	return found;
}

/* What a call for n blocks writes, from the blocks in order, in place. */
static void as_written(const struct chacha20_impl *impl, uint8_t *blocks, size_t n)
{
	uint8_t ordered[SPLIT_BLOCKS * 64];
	const size_t group = impl->group;

	memcpy(ordered, blocks, n * 64);
	for (size_t i = 0; i < n / group * group * 16; i++) {
		size_t first = i / 16 / group * group, block = i / 16 % group, word = i % 16;

		memcpy(blocks + 64 * first + 4 * (word * group + block), ordered + 4 * i, 4);
	}
}

/* One call of n blocks writes what the twin writes, counts alike and not a byte further. */
static bool same_as_twin(const struct chacha20_impl *impl, size_t n)
{
	uint8_t key[32], want[MOST_BLOCKS * 64], got[1 + MOST_BLOCKS * 64 + GUARD_BYTES];
	uint8_t scratch[1 + 64 + GUARD_BYTES];
	uint32_t tail_want[4], tail_got[4];

	random_bytes(key, sizeof(key));
	random_bytes(tail_want, sizeof(tail_want));
	memcpy(tail_got, tail_want, sizeof(tail_got));
	memset(got, 0x5a, sizeof(got));
	memset(scratch, 0x5a, sizeof(scratch));
	chacha20_blocks_c(want, key, tail_want, n, scratch + 1);
	as_written(impl, want, n);
	impl->blocks(got + 1, key, tail_got, n, scratch + 1);
	return got[0] == 0x5a && scratch[0] == 0x5a &&
	       count_not(got + 1 + 64 * n, sizeof(got) - 1 - 64 * n, 0x5a) == 0 &&
	       count_not(scratch + 65, GUARD_BYTES, 0x5a) == 0 &&
	       memcmp(want, got + 1, 64 * n) == 0 &&
	       memcmp(tail_want, tail_got, sizeof(tail_got)) == 0;
}

static void test_against_twin(const struct chacha20_impl *impl)
{
	unsigned i, wrong = 0;
	size_t n;

	for (n = 0; n <= MOST_BLOCKS; n++) {
		for (i = 0; i < N_KEYS / 16; i++)
			wrong += !same_as_twin(impl, n);
	}
	check_msg(wrong == 0, "%s: %u keys, 0..%u blocks", impl->name,
		  N_KEYS / 16 * (MOST_BLOCKS + 1), MOST_BLOCKS);
}

/* No block depends on where calls divide the stream, at every edge of the counter. */
static void test_splits(const struct chacha20_impl *impl, const uint32_t start[2])
{
	uint8_t key[32], whole[SPLIT_BLOCKS * 64], want[SPLIT_BLOCKS * 64];
	uint8_t parts[SPLIT_BLOCKS * 64], scratch[64];
	uint32_t tail[4] = { start[0], start[1], 0x01020304, 0x05060708 }, t[4];
	unsigned wrong = 0;
	size_t i;

	random_bytes(key, sizeof(key));
	memcpy(t, tail, sizeof(t));
	chacha20_blocks_c(whole, key, t, SPLIT_BLOCKS, scratch);
	for (i = 0; i <= SPLIT_BLOCKS; i++) {
		memcpy(t, tail, sizeof(t));
		impl->blocks(parts, key, t, i, scratch);
		impl->blocks(parts + 64 * i, key, t, SPLIT_BLOCKS - i, scratch);
		memcpy(want, whole, sizeof(want));
		as_written(impl, want, i);
		as_written(impl, want + 64 * i, SPLIT_BLOCKS - i);
		wrong += memcmp(want, parts, sizeof(want)) != 0;
		wrong += t[2] != tail[2] || t[3] != tail[3];
	}
	check_msg(wrong == 0, "%s: every split of %u blocks from %08x:%08x", impl->name,
		  SPLIT_BLOCKS, start[1], start[0]);
}

/*
 * Fast key erasure writes the stream over its own key, wherever in out that lies, and the
 * last block is the scratch.
 */
static void test_key_inside(const struct chacha20_impl *impl, size_t n)
{
	unsigned wrong = 0;
	size_t at;

	for (at = 0; at <= n * 64 - 32; at++) {
		uint8_t key[32], want[MOST_BLOCKS * 64], got[MOST_BLOCKS * 64];
		uint32_t t0[4] = { 0 }, t1[4] = { 0 };

		random_bytes(key, sizeof(key));
		chacha20_blocks_c(want, key, t0, n, want + 64 * (n - 1));
		as_written(impl, want, n);
		memcpy(got + at, key, sizeof(key));
		impl->blocks(got, got + at, t1, n, got + 64 * (n - 1));
		wrong += memcmp(want, got, n * 64) != 0;
	}
	check_msg(wrong == 0, "%s: the key anywhere inside %zu blocks", impl->name, n);
}

static void test_choice(void)
{
	uint8_t key[32] = { 0 }, block[64];
	uint32_t tail[4] = { 0 };
	size_t i = 0;

	chacha20_blocks(block, key, tail, 1, block);
	check(memcmp(block, rows[1].block, 64) == 0);
	while (!chacha20_impls[i].usable())
		i++;
	check_msg(chacha20_current() == &chacha20_impls[i], "chosen: %s", chacha20_current()->name);
	chacha20_use(&chacha20_impls[chacha20_n_impls - 1]);
	check(chacha20_blocks == chacha20_blocks_c);
}

int main(void)
{
	size_t i, s;

	srandom(1);
	for (i = 0; i < chacha20_n_impls; i++) {
		const struct chacha20_impl *impl = &chacha20_impls[i];

		if (!impl->usable()) {
			skip(impl->name);
			continue;
		}
		test_vectors(impl);
		test_against_twin(impl);
		for (s = 0; s < ARRAY_SIZE(starts); s++)
			test_splits(impl, starts[s]);
		test_key_inside(impl, MOST_BLOCKS);
		test_key_inside(impl, 15);
		test_key_inside(impl, 1);
	}
	test_choice();
	return tap_done();
}
