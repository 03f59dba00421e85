/* SPDX-License-Identifier: MIT */
/*
 * void chacha20_blocks_sse2(out, key, tail, n_blocks)	-- System V, SSE2
 *
 *   rdi	out		64 * n_blocks bytes, any alignment
 *   rsi	key		32 bytes, any alignment, read before out is written
 *   rdx	tail		16 bytes: counter (64 bits, advanced by n_blocks), nonce
 *   rcx	n_blocks
 *
 * Three blocks at a time, each as four rows of one register: the chain of one
 * quarter round leaves the execution units idle that the other two fill. Rows,
 * not columns, since four blocks in columns need more registers than there are.
 *
 * The counter stands in r8 meanwhile and the nonce in r9: read from memory it would
 * hold up each group until the stores of the one before have drained.
 *
 * Clobbers rax, rcx, rdi, flags; r8, r9 and xmm0-xmm15 are zero on return. Touches no
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

#define row_a0	%xmm0
#define row_b0	%xmm1
#define row_c0	%xmm2
#define row_d0	%xmm3
#define row_a1	%xmm4
#define row_b1	%xmm5
#define row_c1	%xmm6
#define row_d1	%xmm7
#define row_a2	%xmm8
#define row_b2	%xmm9
#define row_c2	%xmm10
#define row_d2	%xmm11
#define key_lo	%xmm12
#define key_hi	%xmm13
#define tmp0	%xmm14
#define tmp1	%xmm15

	/* beside the code: in a child each other page costs a fault */
	.text
	.balign 16
sigma:	.ascii "expand 32-byte k"
one:	.quad 1, 0

	.text

/* dst += src; acc = rotl(acc ^ dst, n), in one block */
.macro add_xor dst, src, acc
	paddd	\src, \dst
	pxor	\dst, \acc
.endm

.macro rotl reg, n, tmp
	.if \n == 16
	pshuflw	$0xb1, \reg, \reg
	pshufhw	$0xb1, \reg, \reg
	.else
	movdqa	\reg, \tmp
	pslld	$\n, \reg
	psrld	$(32 - \n), \tmp
	por	\tmp, \reg
	.endif
.endm

.macro step_ad n		/* a += b; d = rotl(d ^ a, n) */
	add_xor	row_a0, row_b0, row_d0
	add_xor	row_a1, row_b1, row_d1
	add_xor	row_a2, row_b2, row_d2
	rotl	row_d0, \n, tmp0
	rotl	row_d1, \n, tmp1
	rotl	row_d2, \n, tmp0
.endm

.macro step_cb n		/* c += d; b = rotl(b ^ c, n) */
	add_xor	row_c0, row_d0, row_b0
	add_xor	row_c1, row_d1, row_b1
	add_xor	row_c2, row_d2, row_b2
	rotl	row_b0, \n, tmp0
	rotl	row_b1, \n, tmp1
	rotl	row_b2, \n, tmp0
.endm

.macro quarter_rounds
	step_ad	16
	step_cb	12
	step_ad	8
	step_cb	7
.endm

/*
 * Turn rows a, c, d so that diagonals stand in columns, and back. Row b stays:
 * it is the last one a round computes, and a turn would lengthen the chain.
 */
.macro turn by_a, by_c, by_d
	.irp	r, row_a0, row_a1, row_a2
	pshufd	$\by_a, \r, \r
	.endr
	.irp	r, row_c0, row_c1, row_c2
	pshufd	$\by_c, \r, \r
	.endr
	.irp	r, row_d0, row_d1, row_d2
	pshufd	$\by_d, \r, \r
	.endr
.endm

.macro load_tail to
	movq	counter, \to
	movq	nonce, tmp1
	punpcklqdq tmp1, \to
.endm

.macro store_block a, b, c, d
	movdqu	\a, 0(out)
	movdqu	\b, 16(out)
	movdqu	\c, 32(out)
	movdqu	\d, 48(out)
	add	$64, out
	inc	counter
	dec	n_blocks
	jz	.Ldone
.endm

	.globl	chacha20_blocks_sse2
	.hidden	chacha20_blocks_sse2
	.type	chacha20_blocks_sse2, @function
	.balign 32
chacha20_blocks_sse2:
	endbr64
	test	n_blocks, n_blocks
	jz	.Lreturn
	movdqu	0(key), key_lo
	movdqu	16(key), key_hi
	mov	0(tail), counter
	mov	8(tail), nonce

.Lgroup:
	.irp	r, row_a0, row_a1, row_a2
	movdqa	sigma(%rip), \r
	.endr
	.irp	r, row_b0, row_b1, row_b2
	movdqa	key_lo, \r
	.endr
	.irp	r, row_c0, row_c1, row_c2
	movdqa	key_hi, \r
	.endr
	load_tail row_d0
	movdqa	row_d0, row_d1
	paddq	one(%rip), row_d1
	movdqa	row_d1, row_d2
	paddq	one(%rip), row_d2

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
	paddd	sigma(%rip), \r
	.endr
	.irp	r, row_b0, row_b1, row_b2
	paddd	key_lo, \r
	.endr
	.irp	r, row_c0, row_c1, row_c2
	paddd	key_hi, \r
	.endr
	load_tail tmp0
	paddd	tmp0, row_d0
	paddq	one(%rip), tmp0
	paddd	tmp0, row_d1
	paddq	one(%rip), tmp0
	paddd	tmp0, row_d2

	store_block row_a0, row_b0, row_c0, row_d0
	store_block row_a1, row_b1, row_c1, row_d1
	store_block row_a2, row_b2, row_c2, row_d2
	jmp	.Lgroup

.Ldone:
	mov	counter, (tail)
	xor	%r8d, %r8d
	xor	%r9d, %r9d
	/* every register that held a key word or a function of one */
	.irp	r, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	pxor	%xmm\r, %xmm\r
	.endr
.Lreturn:
	ret
	.size	chacha20_blocks_sse2, . - chacha20_blocks_sse2

	.section .note.GNU-stack, "", @progbits
