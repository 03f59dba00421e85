/* SPDX-License-Identifier: MIT */
/*
 * An entry is called by AAPCS64: arguments in x0 to x7, x16 and x17 free. No vector registers: the
 * next kernel may call with its users' state in those.
 */
	.macro entry service, index, then
	.balign 16
entry_\service:
	bti	c
	adr	x16, runtime_header
	ldr	x16, [x16, #8]
	ldr	w17, [x16, #DATA_AT_BOOT]
	cbz	w17, \then
	ldr	x16, [x16, #(DATA_BOOT_GATE + 8 * \index)]
	br	x16
	.endm

#include "guest/runtime_entries.inc"
