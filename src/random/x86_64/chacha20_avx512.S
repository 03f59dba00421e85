/* SPDX-License-Identifier: MIT */
/*
 * void chacha20_blocks_avx512(out, key, tail, n_blocks)	-- System V, AVX-512F
 *
 *   rdi	out		64 * n_blocks bytes, any alignment
 *   rsi	key		32 bytes, any alignment, read before out is written
 *   rdx	tail		16 bytes: counter (64 bits, advanced by n_blocks), nonce
 *   rcx	n_blocks
 *
 * Sixteen blocks at a time in columns: register x<i> holds word i of all
 * sixteen. The key stays in eight registers, so that out may cover it.
 *
 * Clobbers rax, rcx, rdi, flags, k1; zmm0-zmm31 are zero on return. Touches no
 * stack beyond the return address: a spilled row is a leaked key.
 */
#define out		%rdi
#define key		%rsi
#define tail		%rdx
#define n_blocks	%rcx
#define rounds		%eax

/* x0-x15 are zmm0-zmm15, key words 0-7 zmm16-zmm23 */
#define count_lo	%zmm24
#define count_hi	%zmm25
#define tmp0		%zmm26
#define tmp1		%zmm27
#define tmp2		%zmm28
#define tmp3		%zmm29

	.section .rodata.chacha20_avx512, "a", @progbits
	.balign 64
iota:	.long 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
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

.macro quarter_rounds b0, b1, b2, b3, c0, c1, c2, c3, d0, d1, d2, d3
	step	16, 0, 1, 2, 3, \b0, \b1, \b2, \b3, \d0, \d1, \d2, \d3
	step	12, \c0, \c1, \c2, \c3, \d0, \d1, \d2, \d3, \b0, \b1, \b2, \b3
	step	8, 0, 1, 2, 3, \b0, \b1, \b2, \b3, \d0, \d1, \d2, \d3
	step	7, \c0, \c1, \c2, \c3, \d0, \d1, \d2, \d3, \b0, \b1, \b2, \b3
.endm

/* four words of sixteen blocks: afterwards a lane of 128 bits is four words of one block */
.macro gather_words a, b, c, d
	vpunpckldq %zmm\b, %zmm\a, tmp0
	vpunpckhdq %zmm\b, %zmm\a, tmp1
	vpunpckldq %zmm\d, %zmm\c, tmp2
	vpunpckhdq %zmm\d, %zmm\c, tmp3
	vpunpcklqdq tmp2, tmp0, %zmm\a
	vpunpckhqdq tmp2, tmp0, %zmm\b
	vpunpcklqdq tmp3, tmp1, %zmm\c
	vpunpckhqdq tmp3, tmp1, %zmm\d
.endm

/* the four lanes of a block stand in one place of four registers: bring them into one */
.macro gather_lanes a, b, c, d
	vshufi32x4 $0x44, %zmm\b, %zmm\a, tmp0
	vshufi32x4 $0xee, %zmm\b, %zmm\a, tmp1
	vshufi32x4 $0x44, %zmm\d, %zmm\c, tmp2
	vshufi32x4 $0xee, %zmm\d, %zmm\c, tmp3
	vshufi32x4 $0x88, tmp2, tmp0, %zmm\a
	vshufi32x4 $0xdd, tmp2, tmp0, %zmm\b
	vshufi32x4 $0x88, tmp3, tmp1, %zmm\c
	vshufi32x4 $0xdd, tmp3, tmp1, %zmm\d
.endm

	.globl	chacha20_blocks_avx512
	.hidden	chacha20_blocks_avx512
	.type	chacha20_blocks_avx512, @function
	.balign 64
chacha20_blocks_avx512:
	endbr64
	test	n_blocks, n_blocks
	jz	.Lreturn
	vpbroadcastd 0(key), %zmm16
	vpbroadcastd 4(key), %zmm17
	vpbroadcastd 8(key), %zmm18
	vpbroadcastd 12(key), %zmm19
	vpbroadcastd 16(key), %zmm20
	vpbroadcastd 20(key), %zmm21
	vpbroadcastd 24(key), %zmm22
	vpbroadcastd 28(key), %zmm23

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
	quarter_rounds 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	quarter_rounds 5, 6, 7, 4, 10, 11, 8, 9, 15, 12, 13, 14
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

	gather_words 0, 1, 2, 3
	gather_words 4, 5, 6, 7
	gather_words 8, 9, 10, 11
	gather_words 12, 13, 14, 15
	gather_lanes 0, 4, 8, 12
	gather_lanes 1, 5, 9, 13
	gather_lanes 2, 6, 10, 14
	gather_lanes 3, 7, 11, 15

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
	add	n_blocks, (tail)
	.irp	i, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14
	vmovdqu64 %zmm\i, 64 * \i(out)
	dec	n_blocks
	jz	.Ldone
	.endr

.Ldone:
	/* every register that held a key word or a function of one */
	vzeroall
	.irp	r, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29
	vpxord	%zmm\r, %zmm\r, %zmm\r
	.endr
.Lreturn:
	ret
	.size	chacha20_blocks_avx512, . - chacha20_blocks_avx512

	.section .note.GNU-stack, "", @progbits
