/* SPDX-License-Identifier: MIT */
/*
 * void chacha20_blocks_avx2(out, key, tail, n_blocks)	-- System V, AVX2
 *
 *   rdi	out		64 * n_blocks bytes, any alignment
 *   rsi	key		32 bytes, any alignment, read before out is written
 *   rdx	tail		16 bytes: counter (64 bits, advanced by n_blocks), nonce
 *   rcx	n_blocks
 *
 * Six blocks at a time: a register holds one row of two blocks, and three such
 * pairs run side by side. Rows, for the reason given in the SSE2 file.
 *
 * The counter stands in r8 meanwhile and the nonce in r9: read from memory it would
 * hold up each group until the stores of the one before have drained.
 *
 * Clobbers rax, rcx, rdi, flags; r8, r9 and ymm0-ymm15 are zero on return. Touches no
 * stack beyond the return address: a spilled row is a leaked key.
 */
#include <cet.h>	/* says that all jumps land on endbr64, where that is asked for */

#define out		%rdi
#define key		%rsi
#define tail		%rdx
#define n_blocks	%rcx
#define rounds		%eax
#define counter		%r8
#define nonce		%r9

#define row_a0	%ymm0
#define row_b0	%ymm1
#define row_c0	%ymm2
#define row_d0	%ymm3
#define row_a1	%ymm4
#define row_b1	%ymm5
#define row_c1	%ymm6
#define row_d1	%ymm7
#define row_a2	%ymm8
#define row_b2	%ymm9
#define row_c2	%ymm10
#define row_d2	%ymm11
#define key_lo	%ymm12
#define key_hi	%ymm13
#define tmp0	%ymm14
#define tmp1	%ymm15

	/* beside the code: in a child each other page costs a fault */
	.text
	.balign 32
sigma:	.ascii "expand 32-byte kexpand 32-byte k"
zero_one: .quad 0, 0, 1, 0
two:	.quad 2, 0, 2, 0
rot16:	.byte 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13
	.byte 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13
rot8:	.byte 3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14
	.byte 3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14

	.text

/* dst += src; acc = rotl(acc ^ dst, n), in two blocks */
.macro add_xor dst, src, acc
	vpaddd	\src, \dst, \dst
	vpxor	\dst, \acc, \acc
.endm

.macro rotl reg, n, tmp
	.if \n == 16
	vpshufb	rot16(%rip), \reg, \reg
	.elseif \n == 8
	vpshufb	rot8(%rip), \reg, \reg
	.else
	vpsrld	$(32 - \n), \reg, \tmp
	vpslld	$\n, \reg, \reg
	vpor	\tmp, \reg, \reg
	.endif
.endm

.macro shuffle by, reg
	vpshufd	$\by, \reg, \reg
.endm

#include "random/x86_64/chacha20_rows.inc"

/* row d of the first pair of blocks */
.macro load_tail to
	vmovq	counter, %xmm15
	vpinsrq	$1, nonce, %xmm15, %xmm15
	vinserti128 $1, %xmm15, tmp1, tmp1
	vpaddq	zero_one(%rip), tmp1, \to
.endm

/* half is 0x20 for the block in the low lanes, 0x31 for the high ones */
.macro store_block a, b, c, d, half
	vperm2i128 $\half, \b, \a, tmp0
	vperm2i128 $\half, \d, \c, tmp1
	vmovdqu	tmp0, 0(out)
	vmovdqu	tmp1, 32(out)
	add	$64, out
	inc	counter
	dec	n_blocks
	jz	.Ldone
.endm

	.globl	chacha20_blocks_avx2
	.hidden	chacha20_blocks_avx2
	.type	chacha20_blocks_avx2, @function
	.balign 32
chacha20_blocks_avx2:
	endbr64
	test	n_blocks, n_blocks
	jz	.Lreturn
	vbroadcasti128 0(key), key_lo
	vbroadcasti128 16(key), key_hi
	mov	0(tail), counter
	mov	8(tail), nonce

.Lgroup:
	.irp	r, row_a0, row_a1, row_a2
	vmovdqa	sigma(%rip), \r
	.endr
	.irp	r, row_b0, row_b1, row_b2
	vmovdqa	key_lo, \r
	.endr
	.irp	r, row_c0, row_c1, row_c2
	vmovdqa	key_hi, \r
	.endr
	load_tail row_d0
	vpaddq	two(%rip), row_d0, row_d1
	vpaddq	two(%rip), row_d1, row_d2

	mov	$10, rounds
	.balign 32
.Ldouble_round:
	quarter_rounds
	turn	0x93, 0x39, 0x4e
	quarter_rounds
	turn	0x39, 0x93, 0x4e
	dec	rounds
	jnz	.Ldouble_round

	.irp	r, row_a0, row_a1, row_a2
	vpaddd	sigma(%rip), \r, \r
	.endr
	.irp	r, row_b0, row_b1, row_b2
	vpaddd	key_lo, \r, \r
	.endr
	.irp	r, row_c0, row_c1, row_c2
	vpaddd	key_hi, \r, \r
	.endr
	load_tail tmp1
	vpaddd	tmp1, row_d0, row_d0
	vpaddq	two(%rip), tmp1, tmp1
	vpaddd	tmp1, row_d1, row_d1
	vpaddq	two(%rip), tmp1, tmp1
	vpaddd	tmp1, row_d2, row_d2

	store_block row_a0, row_b0, row_c0, row_d0, 0x20
	store_block row_a0, row_b0, row_c0, row_d0, 0x31
	store_block row_a1, row_b1, row_c1, row_d1, 0x20
	store_block row_a1, row_b1, row_c1, row_d1, 0x31
	store_block row_a2, row_b2, row_c2, row_d2, 0x20
	store_block row_a2, row_b2, row_c2, row_d2, 0x31
	jmp	.Lgroup

.Ldone:
	mov	counter, (tail)
	xor	%r8d, %r8d
	xor	%r9d, %r9d
	/* every register that held a key word or a function of one */
	vzeroall
.Lreturn:
	ret
	.size	chacha20_blocks_avx2, . - chacha20_blocks_avx2

	.section .note.GNU-stack, "", @progbits
