/* SPDX-License-Identifier: MIT */
/*
 * void chacha20_blocks_neon(out, key, tail, n_blocks)	-- AAPCS64, Advanced SIMD
 *
 *   x0	out		64 * n_blocks bytes, any alignment
 *   x1	key		32 bytes, any alignment, read before out is written
 *   x2	tail		16 bytes: counter (64 bits, advanced by n_blocks), nonce
 *   x3	n_blocks
 *
 * Four blocks at a time in columns: a register holds one word of all four, so that the
 * diagonals are no more than other names, and the four quarter rounds of a round fill the
 * pipes. The registers that a caller keeps (v8 to v15) stay untouched: to save them takes
 * a stack. The 24 others are just enough.
 *
 * A group is turned into rows before the start is added: the key and the constants are two
 * and one registers there, where columns would need twelve.
 *
 * Clobbers x0, x3, w5, flags; x6, x7, v0-v7 and v16-v31 are zero on return. Touches no
 * stack: a spilled row is a leaked key.
 */
#define out		x0
#define key		x1
#define tail		x2
#define n_blocks	x3
#define rounds		w5
#define counter		x6
#define nonce		x7

#define a_0	v0
#define a_1	v1
#define a_2	v2
#define a_3	v3
#define b_0	v4
#define b_1	v5
#define b_2	v6
#define b_3	v7
#define c_0	v16
#define c_1	v17
#define c_2	v18
#define c_3	v19
#define d_0	v20
#define d_1	v21
#define d_2	v22
#define d_3	v23
#define tmp_0	v24
#define tmp_1	v25
#define tmp_2	v26
#define tmp_3	v27
#define sigma	v28
#define key_lo	v29
#define key_hi	v30
#define by_8	v31	/* the bytes of four words, each word turned left by 8 bits */

	/* beside the code: in a child each other page costs a fault */
	.text
	.balign 16
.Lsigma:
	.ascii	"expand 32-byte k"
.Lby_8:	.byte	3, 0, 1, 2,  7, 4, 5, 6,  11, 8, 9, 10,  15, 12, 13, 14

/* a += b; d ^= a, in one column each */
.macro add_xor a, b, d
	add	\a\().4s, \a\().4s, \b\().4s
	eor	\d\().16b, \d\().16b, \a\().16b
.endm

.macro turn_16 d
	rev32	\d\().8h, \d\().8h
.endm

.macro turn_8 d
	tbl	\d\().16b, {\d\().16b}, by_8.16b
.endm

/* c += d; b = rotl(b ^ c, n) */
.macro add_xor_turn c, d, b, tmp, n
	add	\c\().4s, \c\().4s, \d\().4s
	eor	\tmp\().16b, \b\().16b, \c\().16b
	shl	\b\().4s, \tmp\().4s, #\n
	sri	\b\().4s, \tmp\().4s, #(32 - \n)
.endm

/* Half of four quarter rounds side by side (RFC 8439 2.1): d is turned left by turn's bits, b by n. */
.macro half_rounds turn, n, b0, b1, b2, b3, c0, c1, c2, c3, d0, d1, d2, d3
	add_xor	a_0, \b0, \d0
	add_xor	a_1, \b1, \d1
	add_xor	a_2, \b2, \d2
	add_xor	a_3, \b3, \d3
	\turn	\d0
	\turn	\d1
	\turn	\d2
	\turn	\d3
	add_xor_turn \c0, \d0, \b0, tmp_0, \n
	add_xor_turn \c1, \d1, \b1, tmp_1, \n
	add_xor_turn \c2, \d2, \b2, tmp_2, \n
	add_xor_turn \c3, \d3, \b3, tmp_3, \n
.endm

.macro quarter_rounds words:vararg
	half_rounds turn_16, 12, \words
	half_rounds turn_8, 7, \words
.endm

/* Four words of four blocks: from columns into rows of one block each. */
.macro rows w0, w1, w2, w3
	trn1	tmp_0.4s, \w0\().4s, \w1\().4s
	trn2	tmp_1.4s, \w0\().4s, \w1\().4s
	trn1	tmp_2.4s, \w2\().4s, \w3\().4s
	trn2	tmp_3.4s, \w2\().4s, \w3\().4s
	trn1	\w0\().2d, tmp_0.2d, tmp_2.2d
	trn1	\w1\().2d, tmp_1.2d, tmp_3.2d
	trn2	\w2\().2d, tmp_0.2d, tmp_2.2d
	trn2	\w3\().2d, tmp_1.2d, tmp_3.2d
.endm

.macro spread from, w0, w1, w2, w3
	dup	\w0\().4s, \from\().s[0]
	dup	\w1\().4s, \from\().s[1]
	dup	\w2\().4s, \from\().s[2]
	dup	\w3\().4s, \from\().s[3]
.endm

/* Two blocks' counters, this one's and the next. */
.macro counters to
	mov	\to\().d[0], counter
	add	counter, counter, #1
	mov	\to\().d[1], counter
	add	counter, counter, #1
.endm

.macro store_block a, b, c, d
	mov	tmp_0.d[0], counter
	mov	tmp_0.d[1], nonce
	add	\a\().4s, \a\().4s, sigma.4s
	add	\b\().4s, \b\().4s, key_lo.4s
	add	\c\().4s, \c\().4s, key_hi.4s
	add	\d\().4s, \d\().4s, tmp_0.4s
	st1	{\a\().16b}, [out], #16
	st1	{\b\().16b}, [out], #16
	st1	{\c\().16b}, [out], #16
	st1	{\d\().16b}, [out], #16
	add	counter, counter, #1
	subs	n_blocks, n_blocks, #1
	b.eq	.Ldone
.endm

	.globl	chacha20_blocks_neon
	.hidden	chacha20_blocks_neon
	.type	chacha20_blocks_neon, %function
	.balign 32
chacha20_blocks_neon:
	hint	#34		/* bti c */
	cbz	n_blocks, .Lreturn
	ldr	q28, .Lsigma
	ldr	q31, .Lby_8
	ldp	q29, q30, [key]
	ldp	counter, nonce, [tail]

.Lgroup:
	spread	sigma, a_0, a_1, a_2, a_3
	spread	key_lo, b_0, b_1, b_2, b_3
	spread	key_hi, c_0, c_1, c_2, c_3
	counters tmp_0
	counters tmp_1
	sub	counter, counter, #4
	uzp1	d_0.4s, tmp_0.4s, tmp_1.4s
	uzp2	d_1.4s, tmp_0.4s, tmp_1.4s
	mov	tmp_2.d[0], nonce
	dup	d_2.4s, tmp_2.s[0]
	dup	d_3.4s, tmp_2.s[1]

	mov	rounds, #10
	.balign 32
.Ldouble_round:
	quarter_rounds b_0, b_1, b_2, b_3, c_0, c_1, c_2, c_3, d_0, d_1, d_2, d_3
	quarter_rounds b_1, b_2, b_3, b_0, c_2, c_3, c_0, c_1, d_3, d_0, d_1, d_2
	subs	rounds, rounds, #1
	b.ne	.Ldouble_round

	rows	a_0, a_1, a_2, a_3
	rows	b_0, b_1, b_2, b_3
	rows	c_0, c_1, c_2, c_3
	rows	d_0, d_1, d_2, d_3
	store_block a_0, b_0, c_0, d_0
	store_block a_1, b_1, c_1, d_1
	store_block a_2, b_2, c_2, d_2
	store_block a_3, b_3, c_3, d_3
	b	.Lgroup

.Ldone:
	str	counter, [tail]
	mov	counter, #0
	mov	nonce, #0
	/* every register that held a key word or a function of one */
	.irp	r, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	movi	v\r\().2d, #0
	.endr
.Lreturn:
	ret
	.size	chacha20_blocks_neon, . - chacha20_blocks_neon

	/* all jumps from elsewhere land on bti, and no return address is stored: for those who ask */
	.section .note.gnu.property, "a", %note
	.balign 8
	.word	4, 16, 5		/* sizes of name and descriptor; NT_GNU_PROPERTY_TYPE_0 */
	.asciz	"GNU"
	.word	0xc0000000, 4, 3, 0	/* GNU_PROPERTY_AARCH64_FEATURE_1_AND: BTI and PAC */

	.section .note.GNU-stack, "", %progbits
