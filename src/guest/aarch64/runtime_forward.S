/* SPDX-License-Identifier: MIT */
/* The machine's firmware is not called here: the services that would are as unsupported. */
	.text
	.macro service name
	.globl firmware_\name
	.hidden firmware_\name
firmware_\name:
	.endm

	.balign 16
	.irp name, get_time, set_time, get_wakeup_time, set_wakeup_time, get_variable, \
		get_next_variable_name, set_variable, get_next_high_monotonic_count, reset_system, \
		update_capsule, query_capsule_capabilities, query_variable_info
	service \name
	.endr
	.globl unsupported
	.hidden unsupported
unsupported:
	bti	c
	mov	x0, #3
	movk	x0, #0x8000, lsl #48
	ret

	.section .note.GNU-stack, "", %progbits
