/* SPDX-License-Identifier: MIT */
/*
 * Calls under page tables of our own (runtime_tables.h): of the machine's firmware, and of
 * functions here that look at physical memory.
 *
 * The caller's own tables cannot do for the firmware: where its pointers lead is where the
 * next kernel has mapped something else. In ours the firmware is where it thinks it is, and
 * the upper half is the caller's, copied from its tables at each call. So its stack and its
 * arguments are as they were, and interrupts, NMIs and the other processors' requests are served
 * as anywhere: interrupts stay enabled while the firmware runs.
 *
 * On the way in and out the code goes on at its physical address. Both tables map that: Linux
 * maps runtime code 1:1 too, and runtime_tables_check() has looked.
 *
 * - Both roots are at even pages: with page table isolation, the entry of an NMI takes bit 12 of
 *   CR3 for the sign of a user's tables.
 * - Until the copy, the upper half is the last caller's: that of the same kernel, so that an NMI
 *   finds what it needs. If the root is another one than last time it may be another kernel
 *   (kexec), whose tables would lead anywhere: then it is emptied first.
 * - A processor may have cached what the upper half was before the copy. If nothing was copied,
 *   because it is the caller's still, that holds, and CR3 is not loaded once more.
 * - Loading the caller's CR3 flushes what it has cached (bit 63 reads as 0): it must, because
 *   what other processors asked to be flushed meanwhile was flushed of ours.
 */

#define DATA_FORWARD	128	/* offsets in struct runtime_data */
#define STATE		DATA_FORWARD + 0
#define LOCK		DATA_FORWARD + 4
#define CODE		DATA_FORWARD + 8
#define DATA		DATA_FORWARD + 16
#define TABLES		DATA_FORWARD + 24
#define WINDOW_TABLE	DATA_FORWARD + 32
#define SYSTEM_TABLE	DATA_FORWARD + 40
#define LAST_ROOT	DATA_FORWARD + 48
#define FRAME		DATA_FORWARD + 80

#define FRAME_BYTES	64	/* offsets in struct runtime_frame */
#define BACK		0
#define FLAGS		8
#define ROOT		16
#define RCX		24
#define RBX		32
#define RSI		40
#define RDI		48
#define COPIED		56

#define USED		2	/* enum runtime_tables_state */
#define RESET_SYSTEM	10
#define UPDATE_CAPSULE	11	/* this and those behind it came with UEFI */
#define UEFI		0x20000	/* 2.0; what was there before is EFI 1.10 */

#define PAGE		4096
#define ROOT4		0	/* pages of the tables */
#define TOP4		1
#define ROOT5		2
#define TOP3		3

#define WINDOW		(255 << 39)
#define ADDRESS		0x000ffffffffff000
#define SHOWN		0x8000000000000021 /* present, accessed, not executable */
#define LA57		12	/* of CR4 */

#define REVISION	8	/* in the system table */
#define RUNTIME_SERVICES 88
#define FIRST_SERVICE	24	/* in the table of runtime services */

	.hidden runtime_header
	.text

	/* r10 says what is called: a service by its place in the table, or minus an offset here */
	.macro service name, index
	.balign 16
	.globl firmware_\name
	.hidden firmware_\name
firmware_\name:
	endbr64
	mov	$(8 * \index), %r10d
	jmp	call_firmware
	.endm

#include "guest/runtime_services.inc"

	.macro own name
	.balign 16
	.globl under_tables_\name
	.hidden under_tables_\name, runtime_tables_\name
under_tables_\name:
	endbr64
	lea	runtime_header(%rip), %r10
	lea	runtime_tables_\name(%rip), %rax
	sub	%rax, %r10
	mov	8 + runtime_header(%rip), %rax
	jmp	begin
	.endm

	own check
	own write

	/* Clear n entries of a table from number first on; rbx is our data as the caller has it. */
	.macro empty table, first, n
	mov	TABLES(%rbx), %rdi
	sub	DATA(%rbx), %rdi
	lea	(PAGE * \table + 8 * \first)(%rbx, %rdi), %rdi
	mov	$\n, %ecx
	rep stosq
	.endm

	/* Page n of the window shows the table that the entry in rax leads to; rsi points there. */
	.macro show n
	movabs	$ADDRESS, %rcx
	and	%rcx, %rax
	movabs	$SHOWN, %rcx
	or	%rcx, %rax
	mov	WINDOW_TABLE(%rbx), %rcx
	movabs	$(WINDOW + PAGE * \n), %rsi
	cmp	%rax, (8 * \n)(%rcx)
	je	9f
	mov	%rax, (8 * \n)(%rcx)
	invlpg	(%rsi)			/* something may have looked there since CR3 was loaded */
9:
	.endm

	/* n entries from number first on, of what rsi points to, into a table that has others. */
	.macro take table, first, n
	mov	TABLES(%rbx), %rdi
	add	$(PAGE * \table + 8 * \first), %rdi
	mov	$\n, %ecx
	repe cmpsq
	je	9f
	sub	$8, %rsi		/* the first other one is behind us */
	sub	$8, %rdi
	inc	%ecx
	rep movsq
	movq	$1, COPIED(%r11)
9:
	.endm

	.balign 16
call_firmware:
	mov	8 + runtime_header(%rip), %rax
	cmpl	$USED, STATE(%rax)
	jne	unsupported
	cmpq	$0, SYSTEM_TABLE(%rax)
	je	unsupported
begin:
	test	%rsp, %rsp		/* a stack that our tables would not have */
	jns	unsupported
	lea	FRAME + FRAME_BYTES(%rax), %r11
	cmp	$(8 * RESET_SYSTEM), %r10
	je	1f			/* after a call that never came back, too */
	lea	FRAME(%rax), %r11
	lock btsl $0, LOCK(%rax)
	jc	not_ready

	/* the firmware's arguments on the stack are where it expects them without our caller's
	 * return address, in whose place its own will be */
1:	popq	BACK(%r11)
	pushfq
	popq	FLAGS(%r11)
	cli
	cld
	mov	%rcx, RCX(%r11)
	mov	%rbx, RBX(%r11)
	mov	%rsi, RSI(%r11)
	mov	%rdi, RDI(%r11)
	mov	%rax, %rbx
	mov	%cr3, %rsi
	mov	%rsi, ROOT(%r11)
	movabs	$ADDRESS, %rcx
	and	%rcx, %rsi
	cmp	%rsi, LAST_ROOT(%rbx)
	je	1f
	mov	%rsi, LAST_ROOT(%rbx)
	xor	%eax, %eax
	empty	ROOT4, 256, 255
	empty	ROOT5, 256, 255
	empty	TOP4, 0, 511
	empty	TOP3, 0, 444
	empty	TOP3, 508, 4

1:	mov	TABLES(%rbx), %rsi
	mov	%cr4, %rax
	bt	$LA57, %eax
	jnc	1f
	add	$(PAGE * ROOT5), %rsi
1:	lea	1f(%rip), %rax
	lea	runtime_header(%rip), %rcx
	sub	%rcx, %rax
	add	CODE(%rbx), %rax	/* where we are, 1:1 */
	mov	DATA(%rbx), %rcx
	sub	%rbx, %r11
	add	%rcx, %r11
	mov	%rcx, %rbx
	jmp	*%rax
1:	endbr64
	mov	%rsi, %cr3
	/* no stack from here */

	movq	$0, COPIED(%r11)
	mov	ROOT(%r11), %rax
	show	0
	mov	%cr4, %rax
	add	$(8 * 256), %rsi
	bt	$LA57, %eax
	jc	2f
	take	ROOT4, 256, 255
	jmp	3f
2:	take	ROOT5, 256, 255
	mov	(%rsi), %rax
	test	$1, %al
	jz	4f
	show	2
	take	TOP4, 0, 511
3:	mov	(%rsi), %rax		/* the highest entry, behind those that were taken */
	test	$1, %al
	jz	4f
	show	1
	take	TOP3, 0, 444
	add	$(8 * 64), %rsi		/* -68 GiB to -4 GiB: the firmware */
	take	TOP3, 508, 4
4:	cmpq	$0, COPIED(%r11)
	je	5f
	mov	%cr3, %rax
	mov	%rax, %cr3
5:	/* the stack is there */

	mov	RCX(%r11), %rcx
	mov	%rbx, %rsi
	mov	%r11, %rbx
	mov	CODE(%rsi), %rax
	sub	%r10, %rax
	test	%r10, %r10
	js	5f
	mov	SYSTEM_TABLE(%rsi), %rax
	cmp	$(8 * UPDATE_CAPSULE), %r10
	jb	6f
	cmpl	$UEFI, REVISION(%rax)
	jae	6f
	lea	unsupported(%rip), %rax	/* an older table ends before it */
	jmp	5f
6:	mov	RUNTIME_SERVICES(%rax), %rax	/* virtual since the first SetVirtualAddressMap */
	mov	FIRST_SERVICE(%rax, %r10), %rax
	testb	$2, FLAGS + 1(%rbx)	/* were interrupts enabled? */
	jz	5f
	sti
5:	call	*%rax
	cli
	cld

	pushq	BACK(%rbx)
	mov	FLAGS(%rbx), %r10
	mov	RSI(%rbx), %rsi
	mov	RDI(%rbx), %rdi
	mov	RBX(%rbx), %r11
	mov	ROOT(%rbx), %rcx
	mov	%rcx, %cr3
	mov	8 + runtime_header(%rip), %rbx
	movl	$0, LOCK(%rbx)
	mov	%r11, %rbx
	pushq	%r10
	popfq
	ret

not_ready:
	movabs	$0x8000000000000006, %rax
	ret

	.globl unsupported
	.hidden unsupported
unsupported:
	endbr64
	movabs	$0x8000000000000003, %rax
	ret

	.section .note.GNU-stack, "", @progbits
