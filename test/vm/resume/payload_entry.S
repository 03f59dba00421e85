/* SPDX-License-Identifier: MIT */
/*
 * The first instructions of the resumed state: write down every register before
 * using any, and leave the stack it came with alone. The blob is one page, its
 * configuration the next ones.
 */
	.section .header, "ax", @progbits
	.globl payload_saved, payload_fxsave, blob_end
	.hidden payload_saved, payload_fxsave, blob_end
payload:
	mov	%rax, payload_saved(%rip)
	mov	%rbx, payload_saved + 8(%rip)
	mov	%rcx, payload_saved + 16(%rip)
	mov	%rdx, payload_saved + 24(%rip)
	mov	%rsi, payload_saved + 32(%rip)
	mov	%rdi, payload_saved + 40(%rip)
	mov	%rbp, payload_saved + 48(%rip)
	mov	%rsp, payload_saved + 56(%rip)
	mov	%r8, payload_saved + 64(%rip)
	mov	%r9, payload_saved + 72(%rip)
	mov	%r10, payload_saved + 80(%rip)
	mov	%r11, payload_saved + 88(%rip)
	mov	%r12, payload_saved + 96(%rip)
	mov	%r13, payload_saved + 104(%rip)
	mov	%r14, payload_saved + 112(%rip)
	mov	%r15, payload_saved + 120(%rip)
	lea	stack_top(%rip), %rsp
	pushfq
	pop	payload_saved + 128(%rip)
	cld
	fxsave64 payload_fxsave(%rip)
	lea	payload + 8192(%rip), %rdi
	call	payload_main

	.balign 16
payload_fxsave:
	.fill	512
payload_saved:
	.fill	17, 8
	.balign 16
	.fill	2048
stack_top:

	.section .note.GNU-stack, "", @progbits
