/* SPDX-License-Identifier: MIT */
/*
 * The blob's header and its fourteen entries, in the order of the table.
 *
 * An entry is called by AAPCS64: arguments in x0 to x7, x16 and x17 free. While boot services
 * last it jumps to the gate with all of that as it was, so that who answers the gate sees the
 * caller's own call; afterwards it goes to the C function. No vector registers: the next kernel
 * may call with its users' state in those.
 */

#define DATA_BOOT_GATE	8	/* offsets in struct runtime_data */
#define DATA_AT_BOOT	120

	.section .header, "ax", %progbits
	.globl runtime_header
	.hidden runtime_header
	.hidden blob_end
runtime_header:
	.ascii "brt-code"
	.quad 0				/* data */
	.irp service, get_time, set_time, get_wakeup_time, set_wakeup_time, \
		set_virtual_address_map, convert_pointer, get_variable, \
		get_next_variable_name, set_variable, get_next_high_monotonic_count, \
		reset_system, update_capsule, query_capsule_capabilities, query_variable_info
	.word entry_\service - runtime_header
	.endr
	.word blob_end - runtime_header
	.word 0

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

	.text
	entry get_time, 0, firmware_get_time
	entry set_time, 1, firmware_set_time
	entry get_wakeup_time, 2, firmware_get_wakeup_time
	entry set_wakeup_time, 3, firmware_set_wakeup_time
	entry set_virtual_address_map, 4, runtime_set_virtual_address_map
	entry convert_pointer, 5, runtime_convert_pointer
	entry get_variable, 6, runtime_get_variable
	entry get_next_variable_name, 7, runtime_get_next_variable_name
	entry set_variable, 8, runtime_set_variable
	entry get_next_high_monotonic_count, 9, firmware_get_next_high_monotonic_count
	entry reset_system, 10, runtime_reset_system
	entry update_capsule, 11, firmware_update_capsule
	entry query_capsule_capabilities, 12, firmware_query_capsule_capabilities
	entry query_variable_info, 13, runtime_query_variable_info

	.section .note.GNU-stack, "", %progbits
