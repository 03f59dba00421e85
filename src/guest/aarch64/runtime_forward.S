/* SPDX-License-Identifier: MIT */
/*
 * The machine's firmware was never told of virtual addresses, nor will it be: the next kernel has
 * it, like us, where it lies (forward_claim()). So a call goes on to its function, as it came.
 */
	.set FORWARD_SYSTEM_TABLE, 128 + 40	/* offsets in struct runtime_data */
	.set SYSTEM_RUNTIME, 88			/* in EFI_SYSTEM_TABLE */
	.set RUNTIME_SERVICES, 24		/* in EFI_RUNTIME_SERVICES */

	.text
	.macro service name, index
	.balign 16
	.globl firmware_\name
	.hidden firmware_\name
firmware_\name:
	bti	c
	adr	x16, runtime_header
	ldr	x16, [x16, #8]
	ldr	x16, [x16, #FORWARD_SYSTEM_TABLE]
	cbz	x16, unsupported
	ldr	x16, [x16, #SYSTEM_RUNTIME]
	ldr	x16, [x16, #(RUNTIME_SERVICES + 8 * \index)]
	br	x16
	.endm

#include "guest/runtime_services.inc"

	.globl unsupported
	.hidden unsupported
unsupported:
	bti	c
	mov	x0, #3
	movk	x0, #0x8000, lsl #48
	ret

	.section .note.GNU-stack, "", %progbits
