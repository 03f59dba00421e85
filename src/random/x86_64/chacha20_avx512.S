/* SPDX-License-Identifier: MIT */
/*
 * void chacha20_blocks_avx512(out, key, tail, n_blocks, scratch)	-- System V, AVX-512F
 *
 *   rdi	out		64 * n_blocks bytes, any alignment
 *   rsi	key		32 bytes, any alignment, read before out is written
 *   rdx	tail		16 bytes: counter (64 bits, advanced by n_blocks), nonce
 *   rcx	n_blocks
 *   r8		scratch		64 bytes, the last block of out or elsewhere
 *
 * Sixteen blocks in columns: register x<i> holds word i of all sixteen. A whole
 * group is stored as it stands there; only the last blocks, fewer than sixteen, are
 * turned into one block behind the other. While there are enough, two groups run side
 * by side in all 32 registers; one alone waits for its own results half of the time.
 * The key stands in scratch meanwhile, so that out may cover it.
 *
 * Three columns of the first round are the same in all blocks: two groups make them
 * once, as rows of one register.
 *
 * Clobbers rax, rcx, rdi, flags, k1, k3, k4; r8 and zmm0-zmm31 are zero on
 * return. Touches no stack beyond the return address: a spilled row is a leaked
 * key.
 */
#include <cet.h>	/* says that all jumps land on endbr64, where that is asked for */

#define out		%rdi
#define key		%rsi
#define tail		%rdx
#define n_blocks	%rcx
#define scratch		%r8
#define rounds		%eax

/* one group: x0-x15 in zmm0-zmm15, key words 0-7 in zmm16-zmm23 */
#define count_lo	%zmm24
#define count_hi	%zmm25
#define tmp0		%zmm28
#define tmp1		%zmm29
#define tmp2		%zmm30
#define tmp3		%zmm31
/* masks of 64-bit words: the second of each two, the second four */
#define second_words	%k3
#define second_lanes	%k4

	/* beside the code: in a child each other page costs a fault */
	.text
	.balign 64
iota:	.long 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
iota_16: .long 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
sigma:	.ascii "expand 32-byte k"
one:	.long 1

	.text

/* a += b; d = rotl(d ^ a, n), in four columns or diagonals at once */
.macro step n, a0, a1, a2, a3, b0, b1, b2, b3, d0, d1, d2, d3
	vpaddd	%zmm\b0, %zmm\a0, %zmm\a0
	vpaddd	%zmm\b1, %zmm\a1, %zmm\a1
	vpaddd	%zmm\b2, %zmm\a2, %zmm\a2
	vpaddd	%zmm\b3, %zmm\a3, %zmm\a3
	vpxord	%zmm\a0, %zmm\d0, %zmm\d0
	vpxord	%zmm\a1, %zmm\d1, %zmm\d1
	vpxord	%zmm\a2, %zmm\d2, %zmm\d2
	vpxord	%zmm\a3, %zmm\d3, %zmm\d3
	vprold	$\n, %zmm\d0, %zmm\d0
	vprold	$\n, %zmm\d1, %zmm\d1
	vprold	$\n, %zmm\d2, %zmm\d2
	vprold	$\n, %zmm\d3, %zmm\d3
.endm

.macro quarter_rounds a0, a1, a2, a3, b0, b1, b2, b3, c0, c1, c2, c3, d0, d1, d2, d3
	step	16, \a0, \a1, \a2, \a3, \b0, \b1, \b2, \b3, \d0, \d1, \d2, \d3
	step	12, \c0, \c1, \c2, \c3, \d0, \d1, \d2, \d3, \b0, \b1, \b2, \b3
	step	8, \a0, \a1, \a2, \a3, \b0, \b1, \b2, \b3, \d0, \d1, \d2, \d3
	step	7, \c0, \c1, \c2, \c3, \d0, \d1, \d2, \d3, \b0, \b1, \b2, \b3
.endm

/* one of them */
.macro quarter_round a, b, c, d
	one_step 16, \a, \b, \d
	one_step 12, \c, \d, \b
	one_step 8, \a, \b, \d
	one_step 7, \c, \d, \b
.endm
.macro one_step n, a, b, d
	vpaddd	%zmm\b, %zmm\a, %zmm\a
	vpxord	%zmm\a, %zmm\d, %zmm\d
	vprold	$\n, %zmm\d, %zmm\d
.endm

/* the last three words of a row into columns of both groups */
.macro words_of_row row, a1, a2, a3, b1, b2, b3
	vpshufd	$0x55, %zmm\row, %zmm\a1
	vpshufd	$0xaa, %zmm\row, %zmm\a2
	vpshufd	$0xff, %zmm\row, %zmm\a3
	vmovdqa64 %zmm\a1, %zmm\b1
	vmovdqa64 %zmm\a2, %zmm\b2
	vmovdqa64 %zmm\a3, %zmm\b3
.endm

.macro add_key word, a, b
	vpaddd	4*\word(scratch){1to16}, %zmm\a, %zmm\a
	vpaddd	4*\word(scratch){1to16}, %zmm\b, %zmm\b
.endm

/*
 * The low halves of a and b next to each other, and the high ones: by one shuffle and two
 * blends instead of two shuffles, since on many processors one port alone shuffles.
 */
.macro pair_words a, b, low, high
	vshufpd	$0x55, \b, \a, \high
	vpblendmq \high, \a, \low{second_words}
	vpblendmq \b, \high, \high{second_words}
.endm

.macro pair_lanes a, b, low, high
	vshufi64x2 $0x4e, %zmm\b, %zmm\a, \high
	vpblendmq \high, %zmm\a, \low{second_lanes}
	vpblendmq %zmm\b, \high, \high{second_lanes}
.endm

/* four words of sixteen blocks: afterwards a lane of 128 bits is four words of one block */
.macro gather_words a, b, c, d
	vpunpckldq %zmm\b, %zmm\a, tmp0
	vpunpckhdq %zmm\b, %zmm\a, tmp1
	vpunpckldq %zmm\d, %zmm\c, tmp2
	vpunpckhdq %zmm\d, %zmm\c, tmp3
	pair_words tmp0, tmp2, %zmm\a, %zmm\b
	pair_words tmp1, tmp3, %zmm\c, %zmm\d
.endm

/* the four lanes of a block stand in one place of four registers: bring them into one */
.macro gather_lanes a, b, c, d
	pair_lanes \a, \b, tmp0, tmp1
	pair_lanes \c, \d, tmp2, tmp3
	vshufi32x4 $0x88, tmp2, tmp0, %zmm\a
	vshufi32x4 $0xdd, tmp2, tmp0, %zmm\b
	vshufi32x4 $0x88, tmp3, tmp1, %zmm\c
	vshufi32x4 $0xdd, tmp3, tmp1, %zmm\d
.endm

/* zmm0-zmm15 from a word each of sixteen blocks to a block each */
.macro gather_blocks
	gather_words 0, 1, 2, 3
	gather_words 4, 5, 6, 7
	gather_words 8, 9, 10, 11
	gather_words 12, 13, 14, 15
	gather_lanes 0, 4, 8, 12
	gather_lanes 1, 5, 9, 13
	gather_lanes 2, 6, 10, 14
	gather_lanes 3, 7, 11, 15
.endm

	.globl	chacha20_blocks_avx512
	.hidden	chacha20_blocks_avx512
	.type	chacha20_blocks_avx512, @function
	.balign 64
chacha20_blocks_avx512:
	endbr64
	test	n_blocks, n_blocks
	jz	.Lreturn
	vmovdqu	(key), %ymm0
	vmovdqu	%ymm0, (scratch)
	mov	$0xaa, %eax
	kmovw	%eax, second_words
	mov	$0xf0, %eax
	kmovw	%eax, second_lanes
	cmp	$32, n_blocks
	jb	.Lone_group

.Ltwo_groups:	/* x0-x15 of blocks 0-15 in zmm0-zmm15, of blocks 16-31 in zmm16-zmm31 */
	mov	0(tail), %eax
	add	$31, %eax
	jc	.Lone_group	/* the high word of the counter changes among them */

	vbroadcasti32x4 sigma(%rip), %zmm0
	vbroadcasti32x4 0(scratch), %zmm4
	vbroadcasti32x4 16(scratch), %zmm8
	vbroadcasti32x4 (tail), %zmm12
	quarter_round 0, 4, 8, 12
	words_of_row 0, 1, 2, 3, 17, 18, 19
	words_of_row 4, 5, 6, 7, 21, 22, 23
	words_of_row 8, 9, 10, 11, 25, 26, 27
	words_of_row 12, 13, 14, 15, 29, 30, 31

	vpbroadcastd sigma(%rip), %zmm0
	vpbroadcastd 0(scratch), %zmm4
	vpbroadcastd 16(scratch), %zmm8
	vpbroadcastd 0(tail), %zmm28
	vpaddd	iota(%rip), %zmm28, %zmm12
	vpaddd	iota_16(%rip), %zmm28, %zmm28
	vmovdqa64 %zmm0, %zmm16
	vmovdqa64 %zmm4, %zmm20
	vmovdqa64 %zmm8, %zmm24
	quarter_round 0, 4, 8, 12
	quarter_round 16, 20, 24, 28

	/* the lines that this goes to are fetched meanwhile: all at once they would stop other loads */
	prefetchw 1920(out)
	prefetchw 1984(out)
	mov	$10*192, rounds
	jmp	.Ldiagonals
	.balign 64
.Ldouble_rounds:
	quarter_rounds 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	quarter_rounds 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
.Ldiagonals:
	quarter_rounds 0, 1, 2, 3, 5, 6, 7, 4, 10, 11, 8, 9, 15, 12, 13, 14
	quarter_rounds 16, 17, 18, 19, 21, 22, 23, 20, 26, 27, 24, 25, 31, 28, 29, 30
	prefetchw -192(out, %rax)
	prefetchw -128(out, %rax)
	prefetchw -64(out, %rax)
	sub	$192, rounds
	jnz	.Ldouble_rounds

	vpaddd	0 + sigma(%rip){1to16}, %zmm0, %zmm0
	vpaddd	0 + sigma(%rip){1to16}, %zmm16, %zmm16
	vpaddd	4 + sigma(%rip){1to16}, %zmm1, %zmm1
	vpaddd	4 + sigma(%rip){1to16}, %zmm17, %zmm17
	vpaddd	8 + sigma(%rip){1to16}, %zmm2, %zmm2
	vpaddd	8 + sigma(%rip){1to16}, %zmm18, %zmm18
	vpaddd	12 + sigma(%rip){1to16}, %zmm3, %zmm3
	vpaddd	12 + sigma(%rip){1to16}, %zmm19, %zmm19
	vpaddd	iota(%rip), %zmm12, %zmm12
	vpaddd	iota_16(%rip), %zmm28, %zmm28
	vpaddd	0(tail){1to16}, %zmm12, %zmm12
	vpaddd	0(tail){1to16}, %zmm28, %zmm28
	vpaddd	4(tail){1to16}, %zmm13, %zmm13
	vpaddd	4(tail){1to16}, %zmm29, %zmm29
	vpaddd	8(tail){1to16}, %zmm14, %zmm14
	vpaddd	8(tail){1to16}, %zmm30, %zmm30
	vpaddd	12(tail){1to16}, %zmm15, %zmm15
	vpaddd	12(tail){1to16}, %zmm31, %zmm31
	add_key	0, 4, 20
	add_key	1, 5, 21
	add_key	2, 6, 22
	add_key	3, 7, 23
	add_key	4, 8, 24
	add_key	5, 9, 25
	add_key	6, 10, 26
	add_key	7, 11, 27

	.irp	i, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	vmovdqu64 %zmm\i, 64 * \i(out)
	.endr
	add	$2048, out
	addq	$32, (tail)
	sub	$32, n_blocks
	jz	.Ldone
	cmp	$32, n_blocks
	jae	.Ltwo_groups

.Lone_group:
	.irp	i, 16, 17, 18, 19, 20, 21, 22, 23
	vpbroadcastd 4 * (\i - 16)(scratch), %zmm\i
	.endr

.Lgroup:
	vpbroadcastd sigma(%rip), %zmm0
	vpbroadcastd 4 + sigma(%rip), %zmm1
	vpbroadcastd 8 + sigma(%rip), %zmm2
	vpbroadcastd 12 + sigma(%rip), %zmm3
	vmovdqa64 %zmm16, %zmm4
	vmovdqa64 %zmm17, %zmm5
	vmovdqa64 %zmm18, %zmm6
	vmovdqa64 %zmm19, %zmm7
	vmovdqa64 %zmm20, %zmm8
	vmovdqa64 %zmm21, %zmm9
	vmovdqa64 %zmm22, %zmm10
	vmovdqa64 %zmm23, %zmm11
	/* a low word below its start has wrapped: its block counts on in the high word */
	vpbroadcastd 0(tail), tmp0
	vpbroadcastd 4(tail), count_hi
	vpaddd	iota(%rip), tmp0, count_lo
	vpcmpltud tmp0, count_lo, %k1
	vpaddd	one(%rip){1to16}, count_hi, count_hi{%k1}
	vmovdqa64 count_lo, %zmm12
	vmovdqa64 count_hi, %zmm13
	vpbroadcastd 8(tail), %zmm14
	vpbroadcastd 12(tail), %zmm15

	mov	$10, rounds
	.balign 64
.Ldouble_round:
	quarter_rounds 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	quarter_rounds 0, 1, 2, 3, 5, 6, 7, 4, 10, 11, 8, 9, 15, 12, 13, 14
	dec	rounds
	jnz	.Ldouble_round

	vpaddd	sigma(%rip){1to16}, %zmm0, %zmm0
	vpaddd	4 + sigma(%rip){1to16}, %zmm1, %zmm1
	vpaddd	8 + sigma(%rip){1to16}, %zmm2, %zmm2
	vpaddd	12 + sigma(%rip){1to16}, %zmm3, %zmm3
	vpaddd	%zmm16, %zmm4, %zmm4
	vpaddd	%zmm17, %zmm5, %zmm5
	vpaddd	%zmm18, %zmm6, %zmm6
	vpaddd	%zmm19, %zmm7, %zmm7
	vpaddd	%zmm20, %zmm8, %zmm8
	vpaddd	%zmm21, %zmm9, %zmm9
	vpaddd	%zmm22, %zmm10, %zmm10
	vpaddd	%zmm23, %zmm11, %zmm11
	vpaddd	count_lo, %zmm12, %zmm12
	vpaddd	count_hi, %zmm13, %zmm13
	vpaddd	8(tail){1to16}, %zmm14, %zmm14
	vpaddd	12(tail){1to16}, %zmm15, %zmm15

	cmp	$16, n_blocks
	jb	.Llast_few
	.irp	i, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	vmovdqu64 %zmm\i, 64 * \i(out)
	.endr
	add	$1024, out
	addq	$16, (tail)
	sub	$16, n_blocks
	jnz	.Lgroup
	jmp	.Ldone

.Llast_few:
	gather_blocks
	add	n_blocks, (tail)
	.irp	i, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14
	vmovdqu64 %zmm\i, 64 * \i(out)
	dec	n_blocks
	jz	.Ldone
	.endr

.Ldone:
	/* every register that held a key word or a function of one */
	vzeroall
	.irp	r, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	vpxord	%zmm\r, %zmm\r, %zmm\r
	.endr
	xor	%r8d, %r8d
.Lreturn:
	ret
	.size	chacha20_blocks_avx512, . - chacha20_blocks_avx512

	.section .note.GNU-stack, "", @progbits
