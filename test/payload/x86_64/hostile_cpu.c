// SPDX-License-Identifier: MIT
/* Attacks by instruction: the host's doors, exceptions, odd segments, waits without end. */
#include "hostile.h"

static volatile uint64_t sink;

static void a_syscall(void)
{
	uint64_t rax = 39; /* getpid: harmless if it were to work */

	__asm__ volatile("syscall" : "+a"(rax) : : "rcx", "r11", "memory");
	sink = rax;
}

static void a_syscall_exit(void)
{
	uint64_t rax = 231; /* exit_group(0): a clean end that is none */

	__asm__ volatile("syscall" : "+a"(rax) : "D"(0) : "rcx", "r11", "memory");
}

static void a_syscall_kill(void)
{
	uint64_t rax = 62; /* kill(-1, SIGCONT) */

	__asm__ volatile("syscall" : "+a"(rax) : "D"(-1), "S"(18) : "rcx", "r11", "memory");
}

static void a_syscall_sigreturn(void)
{
	uint64_t rax = 15;

	__asm__ volatile("syscall" : "+a"(rax) : : "rcx", "r11", "memory");
}

/* The number is a trap's own: a tracer that patches numbers might be fooled. */
static void a_syscall_minus_one(void)
{
	uint64_t rax = ~0ull;

	__asm__ volatile("syscall" : "+a"(rax) : : "rcx", "r11", "memory");
}

static void a_syscall_x32(void)
{
	uint64_t rax = 0x40000000 | 39;

	__asm__ volatile("syscall" : "+a"(rax) : : "rcx", "r11", "memory");
}

static void a_int80(void)
{
	uint64_t rax = 20; /* getpid of i386 */

	__asm__ volatile("int $0x80" : "+a"(rax) : : "memory");
}

static void a_sysenter(void)
{
	__asm__ volatile("sysenter" : : "a"(20) : "memory");
}

static void a_vsyscall(void)
{
	((uint64_t(*)(uint64_t))0xffffffffff600400)(0); /* time() */
}

/* Where it can be read, the page holds what the kernel's source shows: mov $96, %rax; syscall. */
static void a_vsyscall_read(void)
{
	sink = *(volatile uint64_t *)0xffffffffff600000;
	check_text(sink == 0x0f00000060c0c748, "the page holds its own code");
}

static void a_int3(void)
{
	__asm__ volatile("int3");
}

static void a_int1(void)
{
	__asm__ volatile(".byte 0xf1");
}

static void a_int_ff(void)
{
	__asm__ volatile("int $0xff");
}

static void a_ud2(void)
{
	__asm__ volatile("ud2");
}

static void a_div0(void)
{
	__asm__ volatile("xor %%ecx, %%ecx; xor %%edx, %%edx; div %%ecx" : : : "eax", "ecx", "edx");
}

static void a_x87(void)
{
	uint16_t control = 0x0300; /* all exceptions on */

	__asm__ volatile("fninit; fldcw %0; fld1; fldz; fdivrp; fwait" : : "m"(control));
}

static void a_sse(void)
{
	uint32_t mxcsr = 0;

	__asm__ volatile("ldmxcsr %0; xorps %%xmm0, %%xmm0; divss %%xmm0, %%xmm0; stmxcsr %0"
			 : "+m"(mxcsr)
			 :
			 : "xmm0");
	check_text(mxcsr & 1, "0/0 without a trap, but noted as invalid");
}

static void a_alignment(void)
{
	uint8_t bytes[16] __attribute__((aligned(16)));

	__asm__ volatile("pushfq; orl $0x40000, (%%rsp); popfq" : : : "cc", "memory");
	sink = *(volatile uint64_t *)(bytes + 1);
	/* firmware called with the flag on */
	bs->get_next_monotonic_count((uint64_t *)bytes);
	__asm__ volatile("pushfq; andl $0xfffbffff, (%%rsp); popfq" : : : "cc", "memory");
	check(true);
}

static void a_trap_flag(void)
{
	__asm__ volatile("pushfq; orl $0x100, (%%rsp); popfq; nop; nop" : : : "cc", "memory");
}

/* Single stepping into a service call. */
static void a_trap_flag_gate(void)
{
	__asm__ volatile("sub $0x28, %%rsp; pushfq; orl $0x100, (%%rsp); popfq; call *%0;"
			 "add $0x28, %%rsp"
			 :
			 : "r"(bs->raise_tpl), "c"(TPL_NOTIFY)
			 : "rax", "rdx", "r8", "r9", "r10", "r11", "cc", "memory");
}

static void a_direction_flag(void)
{
	uint64_t count = 0;

	__asm__ volatile("std");
	bs->get_next_monotonic_count(&count);
	__asm__ volatile("cld");
	check(count != 0);
}

/* A far pointer in guest memory: to 32-bit code of the host's GDT. */
static void far_jump(uint16_t selector)
{
	static struct {
		uint32_t offset;
		uint16_t selector;
	} __attribute__((packed)) far;
	uint64_t page = 0xffff0000;
	uint8_t *code;

	if (bs->allocate_pages(EFI_ALLOCATE_MAX_ADDRESS, EFI_LOADER_CODE, 1, &page) != EFI_SUCCESS)
		return;
	code = (uint8_t *)page;
	code[0] = 0xcd; /* int $0x80 in 32 bit */
	code[1] = 0x80;
	code[2] = 0xeb; /* jmp . */
	code[3] = 0xfe;
	far.offset = (uint32_t)page;
	far.selector = selector;
	__asm__ volatile("mov $20, %%eax; ljmpl *%0" : : "m"(far) : "rax", "memory");
}

static void a_far_32(void)
{
	far_jump(0x23);
}

static void a_far_kernel(void)
{
	far_jump(0x10);
}

static void a_far_null(void)
{
	far_jump(0);
}

/* To 32-bit code and back to 64-bit code, as a program that leaves no trace would. */
static void a_far_there_and_back(void)
{
	uint64_t page = 0xffff0000;
	uint8_t *c;

	if (bs->allocate_pages(EFI_ALLOCATE_MAX_ADDRESS, EFI_LOADER_CODE, 1, &page) != EFI_SUCCESS)
		return;
	c = (uint8_t *)page;
	/* 64 bit: far return to 0x23:page+0x20; there a far jump to 0x33:page+0x40; there a ret */
	c[0x20] = 0xea;
	*(uint32_t *)(c + 0x21) = (uint32_t)page + 0x40;
	*(uint16_t *)(c + 0x25) = 0x33;
	c[0x40] = 0xff; /* jmp *%rbx */
	c[0x41] = 0xe3;
	__asm__ volatile("lea 1f(%%rip), %%rbx; push $0x23; push %0; lretq; 1:"
			 :
			 : "r"(page + 0x20)
			 : "rbx", "memory");
	check(true);
	/* the registers' upper halves survive on this processor or not; services work on */
	check(bs->get_next_monotonic_count((uint64_t *)&sink) == EFI_SUCCESS);
}

static void iretq(uint64_t cs, uint64_t ss)
{
	__asm__ volatile("mov %%rsp, %%rax; push %1; push %%rax; pushfq; push %0;"
			 "lea 1f(%%rip), %%rax; push %%rax; iretq; 1:"
			 :
			 : "r"(cs), "r"(ss)
			 : "rax", "memory");
}

static void a_iretq_kernel(void)
{
	iretq(0x10, 0x18);
}

static void a_iretq_odd(void)
{
	iretq(0x7b, 0x73);
}

static void a_iretq_null_ss(void)
{
	iretq(0x33, 0);
}

static void a_segments(void)
{
	uint16_t nul = 0, data = 0x2b;

	__asm__ volatile("mov %0, %%ds; mov %0, %%es; mov %0, %%fs; mov %0, %%gs" : : "r"(nul));
	check(bs->get_next_monotonic_count((uint64_t *)&sink) == EFI_SUCCESS);
	__asm__ volatile("mov %0, %%ds; mov %0, %%es" : : "r"(data));
	check(bs->get_next_monotonic_count((uint64_t *)&sink) == EFI_SUCCESS);
}

static void a_segment_bad(void)
{
	__asm__ volatile("mov %0, %%ds" : : "r"((uint16_t)0x4242));
}

static void a_ldt(void)
{
	__asm__ volatile("mov %0, %%fs" : : "r"((uint16_t)7));
}

/*
 * What a hypervisor is asked, and everything that it may answer in. 1 is a number that
 * does no harm where it is obeyed: KVM's KVM_HC_VAPIC_POLL_IRQ, Xen's mmu_update of
 * nothing. Both would say 0 then.
 */
enum { HYPERCALL_HARMLESS = 1 };

static void hypercall(bool amd)
{
	uint64_t rax = HYPERCALL_HARMLESS, rbx = 0, rcx = 0, rdx = 0, rsi = 0, rdi = 0;

	if (amd)
		__asm__ volatile("vmmcall"
				 : "+a"(rax), "+b"(rbx), "+c"(rcx), "+d"(rdx), "+S"(rsi), "+D"(rdi)
				 :
				 : "r8", "r9", "r10", "r11", "memory");
	else
		__asm__ volatile("vmcall"
				 : "+a"(rax), "+b"(rbx), "+c"(rcx), "+d"(rdx), "+S"(rsi), "+D"(rdi)
				 :
				 : "r8", "r9", "r10", "r11", "memory");
	print("# rax %x\n", rax);
	check_text(rax > -4096ull, "the hypervisor says that it does nothing for a user");
	check_text((rbx | rcx | rdx | rsi | rdi) == 0, "and says nothing else");
}

static void a_vmcall(void)
{
	hypercall(false);
}

static void a_vmmcall(void)
{
	hypercall(true);
}

/*
 * VMware's port, "which version are you?". VMware answers it at any privilege, and so does KVM with
 * kvm.enable_vmware_backdoor (Documentation/admin-guide/kernel-parameters.txt); the answer of
 * the latter is in QEMU's hw/i386/vmport.c. For bardo it is a port that nobody has.
 */
static void a_backdoor(void)
{
	enum { MAGIC = 0x564d5868, GET_VERSION = 10, PORT = 0x5658 };
	uint64_t rax = MAGIC, rbx = 0, rcx = GET_VERSION, rdx = PORT;
	bool bardo, vmware;

	__asm__ volatile("inl %%dx, %%eax" : "+a"(rax), "+b"(rbx), "+c"(rcx), "+d"(rdx));
	print("# rax %x rbx %x rcx %x rdx %x\n", rax, rbx, rcx, rdx);
	bardo = rax == 0xffffffff && rbx == 0 && rcx == GET_VERSION;
	vmware = rax <= 0xff && rbx == MAGIC;
	check_text((bardo || vmware) && rdx == PORT, "nobody's port, or the hypervisor's");
}

/* Its second port, for strings of bytes; the same question has no meaning there. */
static void a_backdoor_string(void)
{
	static uint8_t bytes[8] = "unread.";
	uint64_t n = sizeof(bytes);
	void *to = bytes;

	__asm__ volatile("rep insb" : "+D"(to), "+c"(n) : "a"(0), "b"(0), "d"(0x5659) : "memory");
	check_text(to <= (void *)(bytes + sizeof(bytes)), "no more than was asked for");
}

static void a_swapgs(void)
{
	__asm__ volatile("swapgs");
}

static void a_sysret(void)
{
	__asm__ volatile("sysretq" : : "c"(0), "r"(0));
}

static void a_ltr(void)
{
	__asm__ volatile("ltr %0" : : "r"((uint16_t)0x40));
}

static void a_xsetbv(void)
{
	__asm__ volatile("xsetbv" : : "c"(0), "a"(1), "d"(0));
}

/* A counter of the processor, and one of those that VMware made up: the host's TSC. */
static void a_rdpmc(void)
{
	__asm__ volatile("rdpmc" : : "c"(0) : "rax", "rdx");
	__asm__ volatile("rdpmc" : : "c"(0x10000) : "rax", "rdx");
}

static void a_debug_registers(void)
{
	__asm__ volatile("mov %0, %%dr0; mov %1, %%dr7" : : "r"(&sink), "r"(0x401ull));
}

/* The first bytes of a privileged instruction, and then no memory. */
static void a_decode_edge(void)
{
	uint64_t page = 0;
	uint8_t *c;

	bs->allocate_pages(EFI_ALLOCATE_ANY_PAGES, EFI_LOADER_CODE, 2, &page);
	bs->free_pages(page + 4096, 1);
	c = (uint8_t *)page + 4096;
	c[-2] = 0x0f; /* mov cr, without its last byte */
	c[-1] = 0x20;
	((void (*)(void))(c - 2))();
}

/* Fifteen prefixes are one too many. */
static void a_decode_prefixes(void)
{
	uint64_t page = 0;
	uint8_t *c;

	bs->allocate_pages(EFI_ALLOCATE_ANY_PAGES, EFI_LOADER_CODE, 1, &page);
	c = (uint8_t *)page;
	memset(c, 0x66, 20);
	c[20] = 0xf4;
	c[21] = 0xc3;
	((void (*)(void))c)();
}

static void a_lock_hlt(void)
{
	__asm__ volatile(".byte 0xf0, 0xf4");
}

/* String input into nothing; bardo must not write there for it. */
static void a_ins_null(void)
{
	uint64_t n = 16;

	__asm__ volatile("rep insb" : "+c"(n) : "D"(0), "d"(0x2e0) : "memory");
}

static void a_ins_kernel(void)
{
	uint64_t n = 16;

	__asm__ volatile("rep insb" : "+c"(n) : "D"(0xffffffff81000000), "d"(0x2e0) : "memory");
}

static void a_ins_code(void)
{
	uint64_t n = 4;

	__asm__ volatile("rep insb" : "+c"(n) : "D"(a_ins_code), "d"(0x2e0) : "memory");
}

static void a_ins_huge(void)
{
	static uint8_t bytes[64];
	uint64_t n = 1ull << 40;

	__asm__ volatile("rep insb" : "+c"(n) : "D"(bytes), "d"(0x2e0) : "memory");
}

static void a_outs_null(void)
{
	uint64_t n = 16;

	__asm__ volatile("rep outsb" : "+c"(n) : "S"(0), "d"(0x2e0) : "memory");
}

/* An answer with a million words, counted down by us: time, not memory. */
static void a_outs_huge(void)
{
	uint64_t n = 1ull << 62;

	__asm__ volatile("rep outsb" : "+c"(n) : "S"(a_outs_huge), "d"(0x2e0) : "memory");
}

static void a_sgdt_null(void)
{
	__asm__ volatile("sgdt (%0)" : : "r"(0ull) : "memory");
}

static void a_loop_cli(void)
{
	__asm__ volatile("cli");
	for (;;)
		;
}

static void a_hlt_for_ever(void)
{
	for (;;)
		__asm__ volatile("cli; hlt");
}

static void a_stack_null(void)
{
	__asm__ volatile("xor %%esp, %%esp; push %%rax" : : : "memory");
}

/* A service called with a stack that is not there. */
static void service_with_stack(uint64_t rsp)
{
	__asm__ volatile("mov %0, %%rsp; push $0; jmp *%1"
			 :
			 : "r"(rsp), "r"(bs->get_next_monotonic_count), "c"(0)
			 : "memory");
}

static void a_stack_kernel(void)
{
	service_with_stack(0xffffffff81000000);
}

static void a_stack_odd_gate(void)
{
	/* jmp, not call: nothing is pushed, the fault is the firmware's to find */
	__asm__ volatile("mov $0x8000000000000001, %%rax; mov %%rax, %%rsp; jmp *%0"
			 :
			 : "r"(bs->get_next_monotonic_count), "c"(0)
			 : "rax", "memory");
}

static void a_stack_null_gate(void)
{
	__asm__ volatile("xor %%esp, %%esp; jmp *%0"
			 :
			 : "r"(bs->get_next_monotonic_count), "c"(0)
			 : "memory");
}

static void a_stack_top_gate(void)
{
	__asm__ volatile("mov $-8, %%rsp; jmp *%0" : : "r"(bs->install_multiple) : "memory");
}

/* Canonical, but nobody's who is no kernel: what sets registers from outside refuses it. */
static void a_segment_base(void)
{
	__asm__ volatile("wrfsbase %0" : : "r"(0xffffffff80000000));
	while (true)
		sink++; /* until the clock stops us */
}

static void a_segment_base_gate(void)
{
	__asm__ volatile("wrgsbase %0" : : "r"(0xffff800000000000));
	bs->stall(1);
}

/* Key 0, which all pages have, allows nothing any more. */
static void a_protection_key(void)
{
	__asm__ volatile("wrpkru" : : "a"(1), "c"(0), "d"(0) : "memory");
	sink++;
}

#define A(name)                                                                                    \
	{                                                                                          \
#name, a_##name                                                                    \
	}
static const struct attack attacks[] = {
	A(syscall),
	A(syscall_exit),
	A(syscall_kill),
	A(syscall_sigreturn),
	A(syscall_minus_one),
	A(syscall_x32),
	A(int80),
	A(sysenter),
	A(vsyscall),
	A(vsyscall_read),
	A(int3),
	A(int1),
	A(int_ff),
	A(ud2),
	A(div0),
	A(x87),
	A(sse),
	A(alignment),
	A(trap_flag),
	A(trap_flag_gate),
	A(direction_flag),
	A(far_32),
	A(far_kernel),
	A(far_null),
	A(far_there_and_back),
	A(iretq_kernel),
	A(iretq_odd),
	A(iretq_null_ss),
	A(segments),
	A(segment_bad),
	A(ldt),
	A(vmcall),
	A(vmmcall),
	A(backdoor),
	A(backdoor_string),
	A(swapgs),
	A(sysret),
	A(ltr),
	A(xsetbv),
	A(rdpmc),
	A(debug_registers),
	A(decode_edge),
	A(decode_prefixes),
	A(lock_hlt),
	A(ins_null),
	A(ins_kernel),
	A(ins_code),
	A(ins_huge),
	A(outs_null),
	A(outs_huge),
	A(sgdt_null),
	A(loop_cli),
	A(hlt_for_ever),
	A(stack_null),
	A(stack_kernel),
	A(stack_odd_gate),
	A(stack_null_gate),
	A(stack_top_gate),
	A(segment_base),
	A(segment_base_gate),
	A(protection_key),
};

efi_status_t payload(void)
{
	return ATTACK_RUN(attacks);
}
