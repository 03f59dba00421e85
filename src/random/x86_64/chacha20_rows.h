/* SPDX-License-Identifier: MIT */
/*
 * A round of ChaCha20 on three sets of rows, whatever their width. The includer
 * names the rows (row_a0 to row_d2), tmp0 and tmp1, and defines the macros add_xor,
 * rotl and shuffle.
 */
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
	shuffle \by_a, \r
	.endr
	.irp	r, row_c0, row_c1, row_c2
	shuffle \by_c, \r
	.endr
	.irp	r, row_d0, row_d1, row_d2
	shuffle \by_d, \r
	.endr
.endm
