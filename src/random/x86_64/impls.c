// SPDX-License-Identifier: MIT
/* ChaCha20 on x86_64: which instruction sets this processor and kernel run. */
#include "random/chacha20.h"

#include <cpuid.h>

chacha20_blocks_fn chacha20_blocks_avx512, chacha20_blocks_avx2, chacha20_blocks_sse2;

enum {
	XCR0_AVX = 0x06,    /* xmm and ymm are saved */
	XCR0_AVX512 = 0xe6, /* and the masks, zmm and zmm16-31 */
};

/* What the kernel saves of us; asked only after OSXSAVE was seen. */
static uint64_t xcr0(void)
{
	uint32_t lo, hi;

	__asm__ volatile("xgetbv" : "=a"(lo), "=d"(hi) : "c"(0));
	return (uint64_t)hi << 32 | lo;
}

static bool saved(uint64_t wanted)
{
	uint32_t a, b, c, d;

	return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_OSXSAVE) && (xcr0() & wanted) == wanted;
}

static bool leaf7_ebx(uint32_t bits)
{
	uint32_t a, b, c, d;

	return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bits) == bits;
}

static bool has_avx512(void)
{
	return saved(XCR0_AVX512) && leaf7_ebx(bit_AVX512F);
}

static bool has_avx2(void)
{
	return saved(XCR0_AVX) && leaf7_ebx(bit_AVX2);
}

/* x86_64 without SSE2 does not exist. */
static bool always(void)
{
	return true;
}

const struct chacha20_impl chacha20_impls[] = {
	{ "avx512", chacha20_blocks_avx512, has_avx512, 16 },
	{ "avx2", chacha20_blocks_avx2, has_avx2, 1 },
	{ "sse2", chacha20_blocks_sse2, always, 1 },
	{ "c", chacha20_blocks_c, always, 1 },
};
const size_t chacha20_n_impls = ARRAY_SIZE(chacha20_impls);
