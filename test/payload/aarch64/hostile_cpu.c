// SPDX-License-Identifier: MIT
/* Attacks by instruction: the host's doors, exceptions, odd addresses and registers. */
#include "hostile.h"

static volatile uint64_t sink;

/* A system call of Linux; numbers are those of asm-generic/unistd.h. */
static uint64_t system_call(uint64_t number, uint64_t a, uint64_t b)
{
	register uint64_t x8 __asm__("x8") = number;
	register uint64_t x0 __asm__("x0") = a;
	register uint64_t x1 __asm__("x1") = b;

	__asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1) : "memory");
	return x0;
}

static void a_syscall(void)
{
	sink = system_call(172, 0, 0); /* getpid: harmless if it were to work */
}

static void a_syscall_exit(void)
{
	system_call(94, 0, 0); /* exit_group(0): a clean end that is none */
}

static void a_syscall_kill(void)
{
	system_call(129, ~0ull, 18); /* kill(-1, SIGCONT) */
}

static void a_syscall_sigreturn(void)
{
	system_call(139, 0, 0);
}

/* The number is a trap's own: a tracer that patches numbers might be fooled. */
static void a_syscall_minus_one(void)
{
	system_call(~0ull, 0, 0);
}

/* Of the 32-bit ABI's private numbers. */
static void a_syscall_arm_private(void)
{
	system_call(0xf0002, 0, 0);
}

static void a_svc_immediate(void)
{
	register uint64_t x8 __asm__("x8") = 172;

	__asm__ volatile("svc #0xffff" : : "r"(x8) : "x0", "memory");
}

static void a_brk(void)
{
	__asm__ volatile("brk #0");
}

static void a_brk_ff(void)
{
	__asm__ volatile("brk #0xffff");
}

static void a_hlt(void)
{
	__asm__ volatile("hlt #0");
}

/* QEMU and debuggers listen to this one, where they are told to. */
static void a_semihosting(void)
{
	__asm__ volatile("mov x0, #0x18\n\tmov x1, xzr\n\thlt #0xf000" : : : "x0", "x1", "memory");
}

static void a_udf(void)
{
	invalid_instruction();
}

static void a_zeros(void)
{
	uint64_t page = 0;

	bs->allocate_pages(EFI_ALLOCATE_ANY_PAGES, EFI_LOADER_CODE, 1, &page);
	memset((void *)page, 0, 4096);
	cpu_code_written((void *)page, 4096);
	((void (*)(void))page)();
}

static void a_eret(void)
{
	__asm__ volatile("eret");
}

static void a_hvc(void)
{
	register uint64_t x0 __asm__("x0") = 0x84000008; /* PSCI SYSTEM_OFF */

	__asm__ volatile("hvc #0" : "+r"(x0) : : "x1", "x2", "x3", "memory");
	check_text(x0 == ~0ull, "nobody is above");
}

static void a_smc(void)
{
	register uint64_t x0 __asm__("x0") = 0x84000009; /* PSCI SYSTEM_RESET */

	__asm__ volatile("smc #0" : "+r"(x0) : : "x1", "x2", "x3", "memory");
	check_text(x0 == ~0ull, "nobody is above");
}

/* Registers of a level above ours. */
static void a_el2_read(void)
{
	__asm__ volatile("mrs %0, hcr_el2" : "=r"(sink));
}

static void a_el2_write(void)
{
	__asm__ volatile("msr vbar_el2, %0" : : "r"(0ull));
}

static void a_el3_read(void)
{
	__asm__ volatile("mrs %0, scr_el3" : "=r"(sink));
}

/* What an image sets of the machine, it sets for itself only. */
static void a_translation_off(void)
{
	__asm__ volatile("msr sctlr_el1, xzr\n\tmsr ttbr0_el1, xzr\n\tmsr vbar_el1, xzr\n\tisb");
	check(bs->get_next_monotonic_count((uint64_t *)&sink) == EFI_SUCCESS);
}

static void a_debug_registers(void)
{
	__asm__ volatile("msr dbgbvr0_el1, %0\n\tmsr dbgbcr0_el1, %1\n\tmsr mdscr_el1, %2"
			 :
			 : "r"(&sink), "r"(0x1e5ull), "r"(0x8001ull));
	check(bs->get_next_monotonic_count((uint64_t *)&sink) == EFI_SUCCESS);
}

static void a_os_lock(void)
{
	__asm__ volatile("msr oslar_el1, %0" : : "r"(1ull));
}

static void a_spsel(void)
{
	__asm__ volatile("msr spsel, #0");
}

static void a_thread_pointer(void)
{
	uint64_t v;

	__asm__ volatile("mrs %0, tpidr_el0" : "=r"(v));
	check_text(v == 0, "no thread of Linux is there");
	__asm__ volatile("msr tpidr_el0, %0" : : "r"(~0ull));
	check(bs->get_next_monotonic_count((uint64_t *)&sink) == EFI_SUCCESS);
	__asm__ volatile("mrs %0, tpidr_el0" : "=r"(v));
	check(v == ~0ull);
}

static void a_counters(void)
{
	uint64_t v;

	__asm__ volatile("mrs %0, pmccntr_el0" : "=r"(v));
	__asm__ volatile("msr pmcr_el0, %0\n\tmsr cntp_ctl_el0, %0" : : "r"(1ull));
	check(bs->get_next_monotonic_count((uint64_t *)&sink) == EFI_SUCCESS);
}

/* Traps of floating point, where the processor has them. */
static void a_float(void)
{
	uint64_t control = 0x9f00, status;

	__asm__ volatile("msr fpcr, %1\n\tmovi d0, #0\n\tfdiv d0, d0, d0\n\tmrs %0, fpsr"
			 : "=r"(status)
			 : "r"(control)
			 : "d0");
	check_text(status & 1, "0/0 without a trap, but noted as invalid");
}

/* A service called with another rounding, flush to zero and default NaN. */
static void a_float_gate(void)
{
	uint64_t count = 0;

	__asm__ volatile("msr fpcr, %0" : : "r"(0x3c00000ull));
	bs->get_next_monotonic_count(&count);
	__asm__ volatile("msr fpcr, xzr");
	check(count != 0);
}

/* cntb x0: how long SVE's registers are. */
static void a_sve(void)
{
	register uint64_t n __asm__("x0") = 0;

	__asm__ volatile(".inst 0x0420e3e0" : "=r"(n));
	check(n >= 16 && bs->get_next_monotonic_count((uint64_t *)&sink) == EFI_SUCCESS);
}

/* smstart: matrices on. */
static void a_sme(void)
{
	__asm__ volatile(".inst 0xd503477f");
	check(bs->get_next_monotonic_count((uint64_t *)&sink) == EFI_SUCCESS);
}

/* pacia x0, x1: behind the jump, nobody takes a signature off. */
static void a_sign(void)
{
	register uint64_t value __asm__("x0") = 0x12345678;
	register uint64_t with __asm__("x1") = 0x1111;

	__asm__ volatile(".inst 0xdac10020" : "+r"(value) : "r"(with));
	check_text(value == 0x12345678, "nothing is signed");
}

static void a_sign_hint(void)
{
	uint64_t before = 1, after = 2;

	__asm__ volatile("mov %0, x30\n\tpaciasp\n\tmov %1, x30\n\tmov x30, %0"
			 : "=&r"(before), "=&r"(after)
			 :
			 : "x30");
	check_text(before == after, "nothing is signed");
}

/* Loads that want alignment, and a byte too far. */
static void a_alignment(void)
{
	uint8_t bytes[32] __attribute__((aligned(16))) = { 0 };
	uint64_t v;

	__asm__ volatile("ldxr %0, [%1]\n\tclrex" : "=r"(v) : "r"(bytes + 1) : "memory");
	sink = v;
}

static void a_pc_odd(void)
{
	((void (*)(void))((uint64_t)a_brk + 2))();
}

static void a_stack_odd(void)
{
	__asm__ volatile(
		"mov x9, sp\n\tadd x10, x9, #8\n\tmov sp, x10\n\tldr x10, [sp]\n\tmov sp, x9"
		:
		:
		: "x9", "x10", "memory");
}

static void with_tag(unsigned tag)
{
	uint64_t p = (uint64_t)&sink | (uint64_t)tag << 56;

	sink = 42;
	check_text(*(volatile uint64_t *)p == 42, "Linux ignores the top byte");
	/* firmware knows no memory there */
	fails(bs->get_next_monotonic_count((uint64_t *)p));
	check(sink == 42);
}

static void a_tagged(void)
{
	with_tag(0x55);
}

static void a_tagged_negative(void)
{
	with_tag(0x80);
}

/* Linux takes the top byte off a jump's address, too. */
static void a_tagged_code(void)
{
	uint64_t gate = (uint64_t)bs->get_next_monotonic_count | 0x33ull << 56;

	check(((efi_status_t(EFIAPI *)(uint64_t *))gate)((uint64_t *)&sink) == EFI_SUCCESS);
}

/* An answer that is written where the instruction is the last of its page, and then no memory. */
static void a_decode_edge(void)
{
	uint64_t page = 0;
	uint32_t *end;

	bs->allocate_pages(EFI_ALLOCATE_ANY_PAGES, EFI_LOADER_CODE, 2, &page);
	bs->free_pages(page + 4096, 1);
	end = (uint32_t *)(page + 4096);
	end[-1] = 0xd5384240; /* mrs x0, CurrentEL */
	cpu_code_written(end - 1, 4);
	((void (*)(void))(end - 1))();
}

/* Code that is written and made known by an instruction that is answered for it. */
static void a_code_written(void)
{
	static const uint8_t first[] = CPU_RETURNS(1), second[] = CPU_RETURNS(2);
	struct memory_attribute *ma = NULL;
	uint64_t page = 0;

	bs->allocate_pages(EFI_ALLOCATE_ANY_PAGES, EFI_LOADER_CODE, 1, &page);
	bs->locate_protocol(&memory_attribute_guid, NULL, &ma);
	ma->clear(ma, page, 4096, EFI_MEMORY_RO | EFI_MEMORY_XP);
	memcpy((void *)page, first, sizeof(first));
	__asm__ volatile("dsb sy\n\tic iallu\n\tdsb sy\n\tisb" : : : "memory");
	check(((int (*)(void))page)() == 1);
	memcpy((void *)page, second, sizeof(second));
	__asm__ volatile("dsb sy\n\tic ialluis\n\tdsb sy\n\tisb" : : : "memory");
	check(((int (*)(void))page)() == 2);
}

/* Maintenance of what is not there, or not ours. */
static void a_cache_outside(void)
{
	__asm__ volatile("dc civac, %0" : : "r"(address_outside()) : "memory");
}

static void a_cache_kernel(void)
{
	__asm__ volatile("dc cvau, %0\n\tic ivau, %0" : : "r"(0xffff800010000000) : "memory");
}

static void a_zero_code(void)
{
	__asm__ volatile("dc zva, %0" : : "r"((uint64_t)a_zero_code & ~0xffull) : "memory");
}

static void a_loop_interrupts_off(void)
{
	__asm__ volatile("msr daifset, #15");
	for (;;)
		;
}

static void a_wfi_for_ever(void)
{
	for (;;)
		__asm__ volatile("msr daifset, #15\n\twfi");
}

/* Services called with a stack that is not there: these arguments are in registers. */
static void service_with_stack(uint64_t sp, const void *service)
{
	__asm__ volatile("mov sp, %0\n\tmov x0, xzr\n\tmov x30, xzr\n\tbr %1"
			 :
			 : "r"(sp), "r"(service)
			 : "x0", "memory");
}

static void a_stack_null(void)
{
	__asm__ volatile("mov x9, xzr\n\tmov sp, x9\n\tstr x0, [sp, #-16]!" : : : "x9", "memory");
}

static void a_stack_kernel(void)
{
	service_with_stack(0xffff800010000000, (void *)bs->get_next_monotonic_count);
}

static void a_stack_null_gate(void)
{
	service_with_stack(0, (void *)bs->get_next_monotonic_count);
}

/* And this one looks for more of them there, and goes round the end of all addresses. */
static void a_stack_top_gate(void)
{
	__asm__ volatile(
		"mov sp, %0\n\tmov x0, %1\n\tmov x1, %1\n\tmov x2, xzr\n\tmov x3, %1\n\t"
		"mov x4, xzr\n\tmov x5, %1\n\tmov x6, xzr\n\tmov x7, %1\n\tmov x30, xzr\n\t"
		"br %2"
		:
		: "r"(-16ll), "r"(&sink), "r"(bs->install_multiple)
		: "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "memory");
}

/* A function of ours, called by the firmware, needs a stack. */
static void EFIAPI nothing(event_t event, void *context)
{
}

static void a_stack_odd_callback(void)
{
	event_t event = NULL;
	uint64_t status;

	bs->create_event(EVT_NOTIFY_SIGNAL, TPL_CALLBACK, nothing, NULL, &event);
	__asm__ volatile(
		"mov x19, sp\n\tsub x9, x19, #264\n\tmov sp, x9\n\tmov x0, %1\n\tblr %2\n\t"
		"mov sp, x19\n\tmov %0, x0"
		: "=r"(status)
		: "r"(event), "r"(bs->signal_event)
		: "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12",
		  "x13", "x14", "x15", "x16", "x17", "x19", "x30", "memory");
	check(status == EFI_SUCCESS);
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
	A(syscall_arm_private),
	A(svc_immediate),
	A(brk),
	A(brk_ff),
	A(hlt),
	A(semihosting),
	A(udf),
	A(zeros),
	A(eret),
	A(hvc),
	A(smc),
	A(el2_read),
	A(el2_write),
	A(el3_read),
	A(translation_off),
	A(debug_registers),
	A(os_lock),
	A(spsel),
	A(thread_pointer),
	A(counters),
	A(float),
	A(float_gate),
	A(sve),
	A(sme),
	A(sign),
	A(sign_hint),
	A(alignment),
	A(pc_odd),
	A(stack_odd),
	A(tagged),
	A(tagged_negative),
	A(tagged_code),
	A(decode_edge),
	A(code_written),
	A(cache_outside),
	A(cache_kernel),
	A(zero_code),
	A(loop_interrupts_off),
	A(wfi_for_ever),
	A(stack_null),
	A(stack_kernel),
	A(stack_null_gate),
	A(stack_top_gate),
	A(stack_odd_callback),
};

efi_status_t payload(void)
{
	return ATTACK_RUN(attacks);
}
