/* SPDX-License-Identifier: MIT */
/*
 * Where kexec arrives, the exception vectors, and the last instructions before the payload goes on.
 *
 * On entry: EL1 or EL2, MMU and caches off, interrupts masked, other processors off. What is
 * staged has been cleaned to memory.
 */

#define HEADER_STACK_TOP	16	/* in struct purgatory_header */
#define STATE_FPSR		512	/* in struct purgatory_state */
#define STATE_REGS		528
#define REGS_SP			(31 * 8)	/* in struct purgatory_regs */

#define EL2		8	/* CurrentEL */
#define MASKED		0x3c0	/* SPSR: D, A, I and F */

	.section .header, "ax", %progbits
	.globl purgatory_header
	.hidden purgatory_header
	.hidden blob_end
purgatory_header:
	.ascii "brdpurg-"
	.quad 0				/* params */
	.quad 0				/* stack_top */
	.word entry - purgatory_header
	.word blob_end - purgatory_header

	.text
	.balign 16
entry:
	bti	c
	msr	daifset, #15
	msr	spsel, #1
	adr	x9, purgatory_header
	ldr	x10, [x9, #HEADER_STACK_TOP]
	mov	sp, x10
	mov	x29, xzr
	mov	x30, xzr
	mov	x0, xzr			/* there is no stack of the old kernel's to look at */
	bl	purgatory_main
	udf	#0

/*
 * void purgatory_resume(const struct purgatory_params *)	-- does not return
 *
 * Every register comes from params; eret takes the last two at once, and nothing is written
 * to the payload's stack. It goes on at the level that kexec came in at.
 */
	.globl purgatory_resume
	.hidden purgatory_resume
	.balign 16
purgatory_resume:
	bti	c
	ldp	q0, q1, [x0, #0]
	ldp	q2, q3, [x0, #32]
	ldp	q4, q5, [x0, #64]
	ldp	q6, q7, [x0, #96]
	ldp	q8, q9, [x0, #128]
	ldp	q10, q11, [x0, #160]
	ldp	q12, q13, [x0, #192]
	ldp	q14, q15, [x0, #224]
	ldp	q16, q17, [x0, #256]
	ldp	q18, q19, [x0, #288]
	ldp	q20, q21, [x0, #320]
	ldp	q22, q23, [x0, #352]
	ldp	q24, q25, [x0, #384]
	ldp	q26, q27, [x0, #416]
	ldp	q28, q29, [x0, #448]
	ldp	q30, q31, [x0, #480]
	add	x30, x0, #STATE_FPSR
	ldp	x1, x2, [x30]
	msr	fpsr, x1
	msr	fpcr, x2
	add	x30, x0, #STATE_REGS
	ldp	x1, x2, [x30, #REGS_SP]		/* sp, pc */
	ldr	x3, [x30, #REGS_SP + 16]	/* the flags */
	mov	sp, x1
	mrs	x4, CurrentEL
	add	x5, x4, #1		/* SPSR.M: the level, and its own stack pointer */
	orr	x3, x3, x5
	orr	x3, x3, #MASKED
	cmp	x4, #EL2
	b.eq	1f
	msr	elr_el1, x2
	msr	spsr_el1, x3
	b	2f
1:	msr	elr_el2, x2
	msr	spsr_el2, x3
2:	ldp	x0, x1, [x30, #0]
	ldp	x2, x3, [x30, #16]
	ldp	x4, x5, [x30, #32]
	ldp	x6, x7, [x30, #48]
	ldp	x8, x9, [x30, #64]
	ldp	x10, x11, [x30, #80]
	ldp	x12, x13, [x30, #96]
	ldp	x14, x15, [x30, #112]
	ldp	x16, x17, [x30, #128]
	ldp	x18, x19, [x30, #144]
	ldp	x20, x21, [x30, #160]
	ldp	x22, x23, [x30, #176]
	ldp	x24, x25, [x30, #192]
	ldp	x26, x27, [x30, #208]
	ldp	x28, x29, [x30, #224]
	ldr	x30, [x30, #240]
	eret

/* 128 bytes each: sixteen kinds of exception. */
	.globl purgatory_vectors
	.hidden purgatory_vectors
	.balign 2048
purgatory_vectors:
	.set vector, 0
	.rept 16
	.balign 128
	mov	x0, #vector
	b	trapped
	.set vector, vector + 1
	.endr

	.balign 128
trapped:
	mov	x9, sp
	mrs	x4, CurrentEL
	cmp	x4, #EL2
	b.eq	1f
	mrs	x1, esr_el1
	mrs	x2, elr_el1
	mrs	x3, far_el1
	b	2f
1:	mrs	x1, esr_el2
	mrs	x2, elr_el2
	mrs	x3, far_el2
2:	adr	x10, purgatory_header	/* the stack may be what was wrong */
	ldr	x10, [x10, #HEADER_STACK_TOP]
	sub	sp, x10, #48
	stp	x0, x1, [sp]
	stp	x2, x3, [sp, #16]
	str	x9, [sp, #32]
	mov	x0, sp
	bl	purgatory_trapped
	udf	#0

	.section .note.GNU-stack, "", %progbits
