// SPDX-License-Identifier: MIT
/*
 * 2.3.4 Calling conventions: the state a program is entered with, what a
 * service must leave alone, and all that a timer's function must not disturb.
 */
#include "lib.h"

struct state {
	uint64_t gpr[15]; /* rax rbx rcx rdx rsi rdi rbp r8-r15 */
	uint64_t flags;
	uint8_t xmm[16][16];
	uint32_t mxcsr;
	uint16_t fcw;
} __attribute__((aligned(16)));

static struct state before, after;
static __attribute__((used)) volatile uint64_t callback_rsp;
static volatile uint64_t fired, callback_flags, callback_mxcsr, callback_fcw;
static volatile uint64_t target;
static const void *call_target;

/* Entered from the firmware: what it is given, then everything overwritten that it may. */
static __attribute__((used)) void EFIAPI clobber_all(event_t event, void *context)
{
	uint32_t mxcsr;
	uint16_t fcw;
	uint64_t flags;

	__asm__ volatile("pushfq; pop %0; stmxcsr %1; fnstcw %2"
			 : "=r"(flags), "=m"(mxcsr), "=m"(fcw));
	callback_flags = flags;
	callback_mxcsr = mxcsr;
	callback_fcw = fcw;
	__asm__ volatile("mov $-1, %%rax; mov %%rax, %%rcx; mov %%rax, %%rdx; mov %%rax, %%r8;"
			 "mov %%rax, %%r9; mov %%rax, %%r10; mov %%rax, %%r11;"
			 "pcmpeqd %%xmm0, %%xmm0; movaps %%xmm0, %%xmm1; movaps %%xmm0, %%xmm2;"
			 "movaps %%xmm0, %%xmm3; movaps %%xmm0, %%xmm4; movaps %%xmm0, %%xmm5"
			 :
			 :
			 : "rax", "rcx", "rdx", "r8", "r9", "r10", "r11", "xmm0", "xmm1", "xmm2",
			   "xmm3", "xmm4", "xmm5", "cc");
	fired++;
}

static __attribute__((naked)) void EFIAPI clobber(event_t event, void *context)
{
	__asm__("mov %rsp, callback_rsp(%rip); jmp clobber_all");
}

#define LOAD_XMM                                                                                   \
	"movups 128(%%rax), %%xmm0; movups 144(%%rax), %%xmm1; movups 160(%%rax), %%xmm2;"         \
	"movups 176(%%rax), %%xmm3; movups 192(%%rax), %%xmm4; movups 208(%%rax), %%xmm5;"         \
	"movups 224(%%rax), %%xmm6; movups 240(%%rax), %%xmm7; movups 256(%%rax), %%xmm8;"         \
	"movups 272(%%rax), %%xmm9; movups 288(%%rax), %%xmm10; movups 304(%%rax), %%xmm11;"       \
	"movups 320(%%rax), %%xmm12; movups 336(%%rax), %%xmm13; movups 352(%%rax), %%xmm14;"      \
	"movups 368(%%rax), %%xmm15;"
#define LOAD_GPR                                                                                   \
	"mov 8(%%rax), %%rbx; mov 16(%%rax), %%rcx; mov 24(%%rax), %%rdx; mov 32(%%rax), %%rsi;"   \
	"mov 40(%%rax), %%rdi; mov 48(%%rax), %%rbp; mov 56(%%rax), %%r8; mov 64(%%rax), %%r9;"    \
	"mov 72(%%rax), %%r10; mov 80(%%rax), %%r11; mov 88(%%rax), %%r12;"                        \
	"mov 96(%%rax), %%r13; mov 104(%%rax), %%r14; mov 112(%%rax), %%r15;"
#define STORE_ALL                                                                                  \
	"push %%rax; pushfq; lea %[after], %%rax; pop 120(%%rax); pop (%%rax);"                    \
	"mov %%rbx, 8(%%rax); mov %%rcx, 16(%%rax); mov %%rdx, 24(%%rax); mov %%rsi, 32(%%rax);"   \
	"mov %%rdi, 40(%%rax); mov %%rbp, 48(%%rax); mov %%r8, 56(%%rax); mov %%r9, 64(%%rax);"    \
	"mov %%r10, 72(%%rax); mov %%r11, 80(%%rax); mov %%r12, 88(%%rax);"                        \
	"mov %%r13, 96(%%rax); mov %%r14, 104(%%rax); mov %%r15, 112(%%rax);"                      \
	"movups %%xmm0, 128(%%rax); movups %%xmm1, 144(%%rax); movups %%xmm2, 160(%%rax);"         \
	"movups %%xmm3, 176(%%rax); movups %%xmm4, 192(%%rax); movups %%xmm5, 208(%%rax);"         \
	"movups %%xmm6, 224(%%rax); movups %%xmm7, 240(%%rax); movups %%xmm8, 256(%%rax);"         \
	"movups %%xmm9, 272(%%rax); movups %%xmm10, 288(%%rax); movups %%xmm11, 304(%%rax);"       \
	"movups %%xmm12, 320(%%rax); movups %%xmm13, 336(%%rax); movups %%xmm14, 352(%%rax);"      \
	"movups %%xmm15, 368(%%rax); stmxcsr 384(%%rax); fnstcw 388(%%rax); cld;"
#define ALL_BUT_RBP                                                                                \
	"rax", "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14",   \
		"r15", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8",     \
		"xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15", "cc", "memory"

static_assert(offsetof(struct state, flags) == 120, "asm above");
static_assert(offsetof(struct state, xmm) == 128, "asm above");
static_assert(offsetof(struct state, mxcsr) == 384, "asm above");

static void fill(void)
{
	unsigned i;

	for (i = 0; i < 15; i++)
		before.gpr[i] = random64();
	for (i = 0; i < sizeof(before.xmm) / 8; i++)
		((uint64_t *)before.xmm)[i] = random64();
}

/* All registers full, spinning on memory until a timer's function was there. */
static __attribute__((noinline)) void spin(void)
{
	__asm__ volatile("push %%rbp; sub $256, %%rsp; lea %[before], %%rax;" LOAD_XMM LOAD_GPR
			 "mov (%%rax), %%rax; std; stc;"
			 "1: cmpq $0, %[fired]; je 1b;"
			 "stc;" STORE_ALL "add $256, %%rsp; pop %%rbp"
			 : [after] "+m"(after)
			 : [before] "m"(before), [fired] "m"(fired)
			 : ALL_BUT_RBP);
}

/* All registers full, one service call without arguments that matter. */
static __attribute__((noinline)) void call(void)
{
	__asm__ volatile("push %%rbp; sub $256, %%rsp; lea %[before], %%rax;" LOAD_XMM LOAD_GPR
			 "xor %%ecx, %%ecx; call *%[target];" STORE_ALL "add $256, %%rsp; pop %%rbp"
			 : [after] "+m"(after)
			 : [before] "m"(before), [target] "m"(call_target)
			 : ALL_BUT_RBP);
}

static bool callee_saved_same(void)
{
	static const unsigned saved[] = { 1, 4, 5, 6, 11, 12, 13, 14 };
	unsigned i;

	for (i = 0; i < 8; i++)
		if (before.gpr[saved[i]] != after.gpr[saved[i]])
			return false;
	return memcmp(before.xmm[6], after.xmm[6], 160) == 0;
}

static void test_services(void)
{
	fill();
	call_target = (const void *)bs->get_next_monotonic_count;
	call();
	check_text(after.gpr[0] == EFI_INVALID_PARAMETER, "a service called with full registers");
	check_text(callee_saved_same(),
		   "rbx, rsi, rdi, rbp, r12-r15, xmm6-xmm15 survive a service");
	check((after.flags & 0x400) == 0);
	/* one that runs a function of ours in between */
	fill();
	bs->raise_tpl(TPL_NOTIFY);
	bs->signal_event((event_t)target);
	fired = 0;
	call_target = (const void *)bs->restore_tpl;
	before.gpr[2] = TPL_APPLICATION;
	__asm__ volatile("push %%rbp; sub $256, %%rsp; lea %[before], %%rax;" LOAD_XMM LOAD_GPR
			 "call *%[target];" STORE_ALL "add $256, %%rsp; pop %%rbp"
			 : [after] "+m"(after)
			 : [before] "m"(before), [target] "m"(call_target)
			 : ALL_BUT_RBP);
	check(fired == 1);
	check_text(callee_saved_same(), "and one that calls back");
}

static void test_timer(void)
{
	event_t timer;

	bs->create_event(EVT_TIMER | EVT_NOTIFY_SIGNAL, TPL_CALLBACK, clobber, NULL, &timer);
	fill();
	fired = 0;
	callback_flags = ~0ull;
	succeeds(bs->set_timer(timer, TIMER_RELATIVE, 200000));
	spin();
	check(fired == 1);
	check_text(memcmp(before.gpr, after.gpr, sizeof(before.gpr)) == 0,
		   "a timer's function disturbs no general register");
	check_text(memcmp(before.xmm, after.xmm, sizeof(before.xmm)) == 0, "no xmm register");
	check_text((after.flags & 0x401) == 0x401, "no flag");
	check_text((callback_flags & 0x400) == 0, "and is entered with the direction flag clear");
	check_text(callback_rsp % 16 == 8, "on an aligned stack");
	check(callback_mxcsr == 0x1f80);
	bs->close_event(timer);
}

static bool has_avx(void)
{
	uint32_t a = 1, b, c = 0, d;

	/* AVX, and an operating system that keeps it: real firmware does not say so */
	__asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	return (c >> 27 & 1) && (c >> 28 & 1);
}

static void EFIAPI clear_ymm(event_t event, void *context)
{
	__asm__ volatile("vxorps %%ymm3, %%ymm3, %%ymm3" : : : "xmm3");
	fired++;
}

/* Where the processor says AVX, a program may have its registers full of it. */
static void test_avx(void)
{
	uint64_t in[4] = { 1, 2, 3, 4 }, out[4] = { 0 };
	event_t timer;

	if (!has_avx())
		return;
	bs->create_event(EVT_TIMER | EVT_NOTIFY_SIGNAL, TPL_CALLBACK, clear_ymm, NULL, &timer);
	fired = 0;
	bs->set_timer(timer, TIMER_RELATIVE, 200000);
	__asm__ volatile(
		"vmovdqu %[in], %%ymm3; 1: cmpq $0, %[fired]; je 1b; vmovdqu %%ymm3, %[out]"
		: [out] "=m"(out)
		: [in] "m"(in), [fired] "m"(fired)
		: "xmm3", "memory");
	check_text(memcmp(in, out, sizeof(in)) == 0, "a timer's function disturbs no ymm register");
	bs->close_event(timer);
}

/* cli holds a timer's function back as a raised priority does. */
static void test_interrupts_off(void)
{
	uint64_t start, end, n_then, ticks;
	event_t timer;
	unsigned tries;
	bool in_time;

	bs->create_event(EVT_TIMER | EVT_NOTIFY_SIGNAL, TPL_CALLBACK, clobber, NULL, &timer);
	ticks = ticks_of_microseconds(20000);
	/* cli comes before the timer's 30 ms are over: again, where a busy machine let them pass */
	for (tries = 0, in_time = false; tries < 50 && !in_time; tries++) {
		__asm__ volatile("sti" : : : "memory");
		fired = 0;
		start = cpu_ticks();
		bs->set_timer(timer, TIMER_RELATIVE, 300000);
		__asm__ volatile("cli" : : : "memory");
		in_time = cpu_ticks() - start < ticks;
	}
	end = cpu_ticks() + ticks_of_microseconds(150000);
	while (cpu_ticks() < end)
		;
	n_then = fired;
	__asm__ volatile("sti" : : : "memory");
	end = cpu_ticks() + ticks_of_microseconds(60000000);
	while (fired == 0 && cpu_ticks() < end)
		;
	check_text(in_time && n_then == 0, "nothing happens while interrupts are off");
	check_text(fired == 1, "it happens when they are on again");
	bs->close_event(timer);
}

static __attribute__((noinline)) uint64_t deep(uint64_t n)
{
	volatile uint8_t frame[1000];

	frame[n % 1000] = 1;
	return n == 0 ? frame[0] : deep(n - 1) + frame[n % 1000];
}

static void test_entry(void)
{
	uint32_t mxcsr;
	uint16_t fcw;
	uint64_t flags;

	__asm__ volatile("pushfq; pop %0; stmxcsr %1; fnstcw %2"
			 : "=r"(flags), "=m"(mxcsr), "=m"(fcw));
	check((flags & 0x400) == 0);
	check_text((mxcsr & ~0x3fu) == 0x1f80, "MXCSR: all exceptions masked");
	check_text(fcw == 0x37f, "x87: extended precision, all masked");
	check_text(entry_sp % 16 == 8, "the stack at entry is aligned for a call");
	check_text(deep(118) > 0, "a stack of 128 KiB and more is there");
}

efi_status_t payload(void)
{
	event_t event;

	test_entry();
	require(bs->create_event(EVT_NOTIFY_SIGNAL, TPL_CALLBACK, clobber, NULL, &event));
	target = (uint64_t)event;
	test_services();
	test_timer();
	test_avx();
	test_interrupts_off();
	bs->close_event(event);
	return tap_done();
}
