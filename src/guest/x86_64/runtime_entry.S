/* SPDX-License-Identifier: MIT */
/*
 * An entry is called with the Microsoft convention: arguments in rcx, rdx, r8,
 * r9 and on the stack, rax, r10, r11 free. No SSE, no x87: the next kernel may
 * call with its users' state in those registers.
 */
	.macro entry service, index, then
	.balign 16
entry_\service:
	endbr64
	mov	8 + runtime_header(%rip), %rax
	cmpl	$0, DATA_AT_BOOT(%rax)
	je	\then
	jmp	*(DATA_BOOT_GATE + 8 * \index)(%rax)
	.endm

#include "guest/runtime_entries.inc"
