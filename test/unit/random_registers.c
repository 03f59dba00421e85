// SPDX-License-Identifier: MIT
/*
 * The contract of the assembly: no secret on the stack, none left in a register.
 * Each version is called on a stack of our own inside one asm statement, and the
 * vector registers are read back before C can touch them.
 */
#include "random/chacha20.h"
#include "tap.h"

#include <string.h>

enum { STACK_BYTES = 65536, VECTOR_BYTES = 64, N_VECTORS = 32 };

static uint8_t stack[STACK_BYTES] __attribute__((aligned(64)));
static uint8_t vectors[N_VECTORS * VECTOR_BYTES] __attribute__((aligned(64)));
static uint64_t general[4];
static uint8_t out[80 * 64], scratch[CHACHA20_SCRATCH_BYTES];

/* where the registers go: one routine a width, called with the address in rax */
extern const char save_xmm[], save_ymm[], save_zmm[];
__asm__(".pushsection .text\n"
	".macro save_vectors move, reg, count\n"
	"i = 0\n"
	".rept \\count\n"
	".altmacro\n"
	"save_one \\move, \\reg, %i\n"
	".noaltmacro\n"
	"i = i + 1\n"
	".endr\n"
	"ret\n"
	".endm\n"
	".macro save_one move, reg, i\n"
	"\\move %\\reg\\i, (64 * \\i)(%rax)\n"
	".endm\n"
	"save_xmm: save_vectors movdqu, xmm, 16\n"
	"save_ymm: save_vectors vmovdqu, ymm, 16\n"
	"save_zmm: save_vectors vmovdqu64, zmm, 32\n"
	".popsection\n");

static void call_on_own_stack(chacha20_blocks_fn *fn, const void *save, const uint8_t *key,
			      uint32_t *tail, size_t n)
{
	uint8_t *o = out;
	uint8_t *top = stack + STACK_BYTES;

	__asm__ volatile(
		"mov %%rsp, %%rbx\n\t"
		"lea %[scratch], %%r8\n\t"
		"xor %%r9d, %%r9d\n\t"
		"xor %%r10d, %%r10d\n\t"
		"xor %%r11d, %%r11d\n\t"
		"mov %[top], %%rsp\n\t"
		"call *%[fn]\n\t"
		"mov %%rbx, %%rsp\n\t"
		"mov %%r8, 0+%[general]\n\t"
		"mov %%r9, 8+%[general]\n\t"
		"mov %%r10, 16+%[general]\n\t"
		"mov %%r11, 24+%[general]\n\t"
		"lea %[vectors], %%rax\n\t"
		"sub $128, %%rsp\n\t"
		"call *%[save]\n\t"
		"add $128, %%rsp\n\t"
		: "+D"(o), "+S"(key), "+d"(tail),
		  "+c"(n), [vectors] "=m"(vectors), [general] "=m"(general), [scratch] "+m"(scratch)
		: [top] "r"(top), [fn] "r"(fn), [save] "r"(save)
		: "rax", "rbx", "r8", "r9", "r10", "r11", "memory", "cc", "xmm0", "xmm1", "xmm2",
		  "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12",
		  "xmm13", "xmm14", "xmm15");
}

static size_t count_not(const uint8_t *p, size_t n, uint8_t value)
{
	size_t i, found = 0;

	for (i = 0; i < n; i++)
		found += p[i] != value;
	return found;
}

static void test_contract(const struct chacha20_impl *impl, const void *save, size_t n_blocks)
{
	uint8_t key[32];
	uint32_t tail[4] = { 0xfffffff0, 1, 2, 3 };

	memset(key, 0xa5, sizeof(key));
	memset(stack, 0x3c, sizeof(stack));
	memset(vectors, 0, sizeof(vectors));
	call_on_own_stack(impl->blocks, save, key, tail, n_blocks);
	/* all but the return address */
	check_msg(count_not(stack, STACK_BYTES - 8, 0x3c) == 0, "%s: %zu blocks, nothing spilled",
		  impl->name, n_blocks);
	check_msg(count_not(vectors, sizeof(vectors), 0) == 0 &&
			  count_not((const uint8_t *)general, sizeof(general), 0) == 0,
		  "%s: %zu blocks, registers wiped", impl->name, n_blocks);
}

/* The instrument shows what it must: the sums of a register left alone are seen. */
static void leave_xmm9(uint8_t *o, const uint8_t key[32], uint32_t tail[4], size_t n,
		       uint8_t unused[CHACHA20_SCRATCH_BYTES])
{
	__asm__ volatile("pcmpeqd %%xmm9, %%xmm9\n\tpushq $0\n\tpopq %%rax\n\tmov $7, %%r10" ::
				 : "xmm9", "rax", "r10", "memory");
}

static void test_instrument(void)
{
	uint8_t key[32] = { 0 };
	uint32_t tail[4] = { 0 };

	memset(stack, 0x3c, sizeof(stack));
	memset(vectors, 0, sizeof(vectors));
	call_on_own_stack(leave_xmm9, save_xmm, key, tail, 1);
	check(count_not(vectors + 9 * VECTOR_BYTES, 16, 0) == 16);
	check(count_not(stack, STACK_BYTES - 8, 0x3c) >= 8);
	check(general[2] == 7);
}

int main(void)
{
	enum { MOST = 79 };
	size_t i, n;

	test_instrument();
	for (i = 0; i < chacha20_n_impls; i++) {
		const struct chacha20_impl *impl = &chacha20_impls[i];
		const void *save = strcmp(impl->name, "avx512") == 0 ? save_zmm
				   : strcmp(impl->name, "avx2") == 0 ? save_ymm
								     : save_xmm;

		if (!impl->usable()) {
			skip(impl->name);
			continue;
		}
		if (strcmp(impl->name, "c") == 0)
			continue;	    /* a compiler's registers and stack are its own */
		for (n = 1; n <= MOST; n++) /* every way out */
			test_contract(impl, save, n);
	}
	return tap_done();
}
