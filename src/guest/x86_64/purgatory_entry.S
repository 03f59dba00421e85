/* SPDX-License-Identifier: MIT */
/*
 * Where kexec arrives, the descriptor table, the exception stubs, and the last
 * instructions before the payload goes on.
 *
 * On entry: 64-bit mode, interrupts off, CR4 has only PAE and perhaps LA57 (so
 * SSE is an invalid opcode), GDT and IDT are empty or the old kernel's, and the
 * stack is a page the old kernel owns.
 */

#define HEADER_PARAMS		8	/* offsets in struct purgatory_header */
#define HEADER_STACK_TOP	16
#define PARAMS_REGS		512	/* in struct purgatory_params */
#define REGS_RIP		(15 * 8)	/* in struct purgatory_regs */

#define CODE64	0x10
#define DATA	0x18

	.section .header, "ax", @progbits
	.globl purgatory_header
	.hidden purgatory_header
	.hidden blob_end
purgatory_header:
	.ascii "brdpurg-"
	.quad 0				/* params */
	.quad 0				/* stack_top */
	.long entry - purgatory_header
	.long blob_end - purgatory_header

	/*
	 * Flat segments at the selectors a UEFI payload may return to by number.
	 * Marked as accessed, or loading them would write into checked memory.
	 */
	.balign 16
gdt:
	.quad 0
	.quad 0x00cf9b000000ffff	/* 0x08: 32-bit code */
	.quad 0x00af9b000000ffff	/* 0x10: 64-bit code */
	.quad 0x00cf93000000ffff	/* 0x18: data */
gdt_end:

	.text
entry:
	endbr64
	cli
	cld
	mov	%rsp, %rdi		/* purgatory_main's argument */
	mov	purgatory_header + HEADER_STACK_TOP(%rip), %rsp
	lea	gdt(%rip), %rax
	push	%rax
	push	%rax			/* below the base its 16-bit limit: 10 bytes in a row */
	movw	$(gdt_end - gdt - 1), 6(%rsp)
	lgdt	6(%rsp)
	push	$CODE64
	lea	1f(%rip), %rax
	push	%rax
	lretq
1:	mov	$DATA, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	mov	%eax, %fs
	mov	%eax, %gs
	xor	%eax, %eax
	lldt	%ax
	mov	purgatory_header + HEADER_STACK_TOP(%rip), %rsp
	call	purgatory_main
	ud2

/*
 * void purgatory_resume(const struct purgatory_params *)	-- does not return
 *
 * Every register comes from params; iretq loads the last five at once, so the
 * payload's stack is not written to, not even below its pointer.
 */
	.globl purgatory_resume
	.hidden purgatory_resume
purgatory_resume:
	endbr64
	fxrstor64 (%rdi)
	lea	PARAMS_REGS + REGS_RIP(%rdi), %rbp
	pushq	32(%rbp)		/* ss */
	pushq	24(%rbp)		/* rsp */
	pushq	16(%rbp)		/* rflags */
	pushq	8(%rbp)			/* cs */
	pushq	(%rbp)			/* rip */
	lea	PARAMS_REGS(%rdi), %rbp
	mov	0(%rbp), %rax
	mov	8(%rbp), %rbx
	mov	16(%rbp), %rcx
	mov	24(%rbp), %rdx
	mov	32(%rbp), %rsi
	mov	40(%rbp), %rdi
	mov	56(%rbp), %r8
	mov	64(%rbp), %r9
	mov	72(%rbp), %r10
	mov	80(%rbp), %r11
	mov	88(%rbp), %r12
	mov	96(%rbp), %r13
	mov	104(%rbp), %r14
	mov	112(%rbp), %r15
	mov	48(%rbp), %rbp
	iretq

/*
 * Sixteen bytes each. A non-maskable interrupt is not ours to answer and no
 * reason to stop; everything else is told and ends in a reset.
 */
	.globl purgatory_vectors
	.hidden purgatory_vectors
	.balign 16
purgatory_vectors:
	.set vector, 0
	.rept 32
	.balign 16
	endbr64
	.if vector == 2
	iretq
	.else
	/* 8, 10 to 14, 17, 21, 29 and 30 bring an error code */
	.if !(0x60227d00 >> vector & 1)
	push	$0
	.endif
	push	$vector
	jmp	trapped
	.endif
	.set vector, vector + 1
	.endr

	.balign 16
trapped:
	cld
	mov	%rsp, %rdi
	and	$-16, %rsp
	call	purgatory_trapped
	ud2

	.section .note.GNU-stack, "", @progbits
