/* SPDX-License-Identifier: MIT */
/*
 * void chacha20_blocks_avx2(out, key, tail, n_blocks, scratch)	-- System V, AVX2
 *
 *   rdi	out		64 * n_blocks bytes, any alignment
 *   rsi	key		32 bytes, any alignment, read before out is written
 *   rdx	tail		16 bytes: counter (64 bits, advanced by n_blocks), nonce
 *   rcx	n_blocks
 *   r8		scratch		64 bytes, the last block of out or elsewhere
 *
 * Eight blocks in columns: register x<i> holds word i of all eight. That takes a sixth
 * less operations than rows, which have to be turned twice in each double round. But the
 * sixteen words fill the registers, and a rotation needs one more: so one word is always
 * put down in scratch, in each half of a round one that this half can do without. The key
 * stands there too, since out may cover it.
 *
 * Clobbers rax, rcx, rdi, flags; r8 and ymm0-ymm15 are zero on return. Touches no
 * stack beyond the return address: a spilled row is a leaked key.
 */
#include <cet.h>	/* says that all jumps land on endbr64, where that is asked for */

#define out		%rdi
#define key		%rsi
#define tail		%rdx
#define n_blocks	%rcx
#define scratch		%r8
#define rounds		%eax

/* in scratch: the second half, so that a first half of a block may be stored over the other */
#define down		32(scratch)

	/* beside the code: in a child each other page costs a fault */
	.text
	.balign 32
rot16:	.byte 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13
	.byte 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13
rot8:	.byte 3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14
	.byte 3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14
iota:	.long 0, 1, 2, 3, 4, 5, 6, 7
ones:	.long 1, 1, 1, 1, 1, 1, 1, 1
sigma:	.ascii "expand 32-byte k"

	.text

/* a += b; d ^= a, in two columns or diagonals */
.macro add_xor a0, a1, b0, b1, d0, d1
	vpaddd	%ymm\b0, %ymm\a0, %ymm\a0
	vpaddd	%ymm\b1, %ymm\a1, %ymm\a1
	vpxor	%ymm\a0, %ymm\d0, %ymm\d0
	vpxor	%ymm\a1, %ymm\d1, %ymm\d1
.endm

.macro rotl n, reg, tmp
	vpslld	$\n, %ymm\reg, %ymm\tmp
	vpsrld	$(32 - \n), %ymm\reg, %ymm\reg
	vpor	%ymm\tmp, %ymm\reg, %ymm\reg
.endm

.macro two_quarter_rounds tmp, a0, a1, b0, b1, c0, c1, d0, d1
	add_xor	\a0, \a1, \b0, \b1, \d0, \d1
	vpshufb	rot16(%rip), %ymm\d0, %ymm\d0
	vpshufb	rot16(%rip), %ymm\d1, %ymm\d1
	add_xor	\c0, \c1, \d0, \d1, \b0, \b1
	rotl	12, \b0, \tmp
	rotl	12, \b1, \tmp
	add_xor	\a0, \a1, \b0, \b1, \d0, \d1
	vpshufb	rot8(%rip), %ymm\d0, %ymm\d0
	vpshufb	rot8(%rip), %ymm\d1, %ymm\d1
	add_xor	\c0, \c1, \d0, \d1, \b0, \b1
	rotl	7, \b0, \tmp
	rotl	7, \b1, \tmp
.endm

/* what was down comes back into its register, and this one is free instead */
.macro put_down free, back
	vmovdqu	down, %ymm\back
	vmovdqu	%ymm\free, down
.endm

/* word i of the input, which all eight blocks have, added to its register */
.macro add_word memory, reg, tmp
	vpbroadcastd \memory, %ymm\tmp
	vpaddd	%ymm\tmp, %ymm\reg, %ymm\reg
.endm

/*
 * Words 12 and 13 as they are at first: a low word that is below its lane's number has
 * wrapped, so its block counts on in the high word.
 */
.macro count_blocks low, high, tmp
	vpbroadcastd 0(tail), %ymm\low
	vpbroadcastd 4(tail), %ymm\high
	vpaddd	iota(%rip), %ymm\low, %ymm\low
	vpaddd	ones(%rip), %ymm\high, %ymm\high
	vpmaxud	iota(%rip), %ymm\low, %ymm\tmp
	vpcmpeqd %ymm\tmp, %ymm\low, %ymm\tmp	/* -1: has not */
	vpaddd	%ymm\tmp, %ymm\high, %ymm\high
.endm

/* the low halves of a and b into free, the high ones into b; then a is free */
.macro exchange low, high, a, b, free
	\low	%ymm\b, %ymm\a, %ymm\free
	\high	%ymm\b, %ymm\a, %ymm\b
.endm

.macro exchange_lanes a, b, free
	vperm2i128 $0x20, %ymm\b, %ymm\a, %ymm\free
	vperm2i128 $0x31, %ymm\b, %ymm\a, %ymm\b
.endm

/*
 * Eight words of eight blocks become eight words of a block each. Blocks 0 to 7 are then in
 * f, g, a, free, b, e, c, h.
 */
.macro gather_blocks a, b, c, d, e, f, g, h, free
	exchange vpunpckldq, vpunpckhdq, \a, \b, \free
	exchange vpunpckldq, vpunpckhdq, \c, \d, \a
	exchange vpunpckldq, vpunpckhdq, \e, \f, \c
	exchange vpunpckldq, vpunpckhdq, \g, \h, \e
	exchange vpunpcklqdq, vpunpckhqdq, \free, \a, \g
	exchange vpunpcklqdq, vpunpckhqdq, \b, \d, \free
	exchange vpunpcklqdq, vpunpckhqdq, \c, \e, \b
	exchange vpunpcklqdq, vpunpckhqdq, \f, \h, \c
	exchange_lanes \g, \b, \f
	exchange_lanes \a, \e, \g
	exchange_lanes \free, \c, \a
	exchange_lanes \d, \h, \free
.endm

/* half of each block, as many as there are */
.macro store_halves at, r0, r1, r2, r3, r4, r5, r6, r7
	vmovdqu	%ymm\r0, 0 + \at(out)
	cmp	$8, n_blocks
	jae	.Lall\@
	i = 1
	.irp	r, \r1, \r2, \r3, \r4, \r5, \r6, \r7
	cmp	$i, n_blocks
	je	.Ldone\@
	vmovdqu	%ymm\r, 64 * i + \at(out)
	i = i + 1
	.endr
	/* not reached with 8, and with 7 the last cmp was equal */
.Lall\@:
	i = 1
	.irp	r, \r1, \r2, \r3, \r4, \r5, \r6, \r7
	vmovdqu	%ymm\r, 64 * i + \at(out)
	i = i + 1
	.endr
.Ldone\@:
.endm

	.globl	chacha20_blocks_avx2
	.hidden	chacha20_blocks_avx2
	.type	chacha20_blocks_avx2, @function
	.balign 32
chacha20_blocks_avx2:
	endbr64
	test	n_blocks, n_blocks
	jz	.Lreturn
	vmovdqu	(key), %ymm0
	vmovdqu	%ymm0, (scratch)

.Lgroup:
	vpbroadcastd 28(scratch), %ymm11
	vmovdqu	%ymm11, down
	count_blocks 12, 13, 11
	.irp	i, 0, 1, 2, 3
	vpbroadcastd 4 * \i + sigma(%rip), %ymm\i
	.endr
	.irp	i, 4, 5, 6, 7, 8, 9, 10
	vpbroadcastd 4 * (\i - 4)(scratch), %ymm\i
	.endr
	vpbroadcastd 8(tail), %ymm14
	vpbroadcastd 12(tail), %ymm15

	mov	$10, rounds
	.balign 32
.Ldouble_round:
	two_quarter_rounds 11, 0, 1, 4, 5, 8, 9, 12, 13
	put_down 0, 11
	two_quarter_rounds 0, 2, 3, 6, 7, 10, 11, 14, 15
	two_quarter_rounds 0, 1, 2, 6, 7, 11, 8, 12, 13
	put_down 11, 0
	two_quarter_rounds 11, 0, 3, 5, 4, 10, 9, 15, 14
	dec	rounds
	jnz	.Ldouble_round

	.irp	i, 0, 1, 2, 3
	add_word 4*\i+sigma(%rip), \i, 11
	.endr
	.irp	i, 4, 5, 6, 7, 8, 9, 10
	add_word 4*(\i-4)(scratch), \i, 11
	.endr
	add_word 8(tail), 14, 11
	add_word 12(tail), 15, 11
	vpbroadcastd 28(scratch), %ymm11
	vpaddd	down, %ymm11, %ymm11
	/* key stream now */
	vmovdqu	%ymm11, down
	gather_blocks 0, 1, 2, 3, 4, 5, 6, 7, 11
	store_halves 0, 5, 6, 0, 11, 1, 4, 2, 7

	vmovdqu	down, %ymm11
	count_blocks 0, 1, 2
	vpaddd	%ymm0, %ymm12, %ymm12
	vpaddd	%ymm1, %ymm13, %ymm13
	gather_blocks 8, 9, 10, 11, 12, 13, 14, 15, 0
	store_halves 32, 13, 14, 8, 0, 9, 12, 10, 15

	cmp	$8, n_blocks
	jbe	.Llast
	add	$512, out
	addq	$8, (tail)
	sub	$8, n_blocks
	jmp	.Lgroup

.Llast:
	add	n_blocks, (tail)
	xor	%r8d, %r8d
	/* every register that held a key word or a function of one */
	vzeroall
.Lreturn:
	ret
	.size	chacha20_blocks_avx2, . - chacha20_blocks_avx2

	.section .note.GNU-stack, "", @progbits
