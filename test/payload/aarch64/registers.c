// SPDX-License-Identifier: MIT
/*
 * 2.3.6 AArch64 platforms: the state a program is entered with, what a service must leave alone,
 * and all that a timer's function must not disturb.
 */
#include "lib.h"

struct state {
	uint64_t x[31];
	uint64_t flags; /* NZCV */
	uint8_t v[32][16];
} __attribute__((aligned(16)));

static_assert(offsetof(struct state, flags) == 248 && offsetof(struct state, v) == 256,
	      "asm below");

enum { SAVED_FIRST = 19, SAVED_LAST = 29, PAIR_ADDRESS = 16, PAIR_VALUE = 17 };

static struct state before, after;
static volatile uint64_t fired;
static __attribute__((used)) volatile uint64_t callback_sp;
static uint64_t callback_fpcr, target;

/*
 * registers_call(before, after, function): all registers full, one call, which needs two of them.
 * registers_spin(before, after): all full, until x17 is at the address in x16.
 */
void registers_call(const struct state *before, struct state *after, const void *function);
void registers_spin(const struct state *before, struct state *after);

#define EACH_PAIR(op, base)                                                                        \
	op " x2, x3, [" base ", #16]\n" op " x4, x5, [" base ", #32]\n" op " x6, x7, [" base       \
	   ", #48]\n" op " x8, x9, [" base ", #64]\n" op " x10, x11, [" base ", #80]\n" op         \
	   " x12, x13, [" base ", #96]\n" op " x14, x15, [" base ", #112]\n" op                    \
	   " x18, x19, [" base ", #144]\n" op " x20, x21, [" base ", #160]\n" op                   \
	   " x22, x23, [" base ", #176]\n" op " x24, x25, [" base ", #192]\n" op                   \
	   " x26, x27, [" base ", #208]\n" op " x28, x29, [" base ", #224]\n"
#define EACH_VECTOR(op, base)                                                                      \
	op " q0, q1, [" base ", #0]\n" op " q2, q3, [" base ", #32]\n" op " q4, q5, [" base        \
	   ", #64]\n" op " q6, q7, [" base ", #96]\n" op " q8, q9, [" base ", #128]\n" op          \
	   " q10, q11, [" base ", #160]\n" op " q12, q13, [" base ", #192]\n" op                   \
	   " q14, q15, [" base ", #224]\n" op " q16, q17, [" base ", #256]\n" op                   \
	   " q18, q19, [" base ", #288]\n" op " q20, q21, [" base ", #320]\n" op                   \
	   " q22, q23, [" base ", #352]\n" op " q24, q25, [" base ", #384]\n" op                   \
	   " q26, q27, [" base ", #416]\n" op " q28, q29, [" base ", #448]\n" op                   \
	   " q30, q31, [" base ", #480]\n"

/* What a function has to keep goes to the stack, and where the result is wanted. */
#define BEGIN                                                                                      \
	"stp x29, x30, [sp, #-192]!\n stp x19, x20, [sp, #16]\n stp x21, x22, [sp, #32]\n"         \
	"stp x23, x24, [sp, #48]\n stp x25, x26, [sp, #64]\n stp x27, x28, [sp, #80]\n"            \
	"stp d8, d9, [sp, #96]\n stp d10, d11, [sp, #112]\n stp d12, d13, [sp, #128]\n"            \
	"stp d14, d15, [sp, #144]\n stp x18, x1, [sp, #160]\n"                                     \
	"add x9, x0, #256\n" EACH_VECTOR("ldp", "x9") "ldr x9, [x0, #248]\n msr nzcv, x9\n"
#define END                                                                                        \
	"stp x0, x1, [sp, #-16]!\n ldr x0, [sp, #184]\n" EACH_PAIR(                                \
		"stp",                                                                             \
		"x0") "stp x16, x17, [x0, #128]\n str x30, [x0, #240]\n ldp x2, x3, [sp], #16\n"   \
		      "stp x2, x3, [x0]\n mrs x9, nzcv\n str x9, [x0, #248]\n"                     \
		      "add x9, x0, #256\n" EACH_VECTOR(                                            \
			      "stp", "x9") "ldp x19, x20, [sp, #16]\n"                             \
					   "ldp x21, x22, [sp, #32]\n ldp x23, x24, [sp, #48]\n "  \
					   "ldp x25, x26, [sp, #64]\n"                             \
					   "ldp x27, x28, [sp, #80]\n ldp d8, d9, [sp, #96]\n "    \
					   "ldp d10, d11, [sp, #112]\n"                            \
					   "ldp d12, d13, [sp, #128]\n ldp d14, d15, [sp, "        \
					   "#144]\n ldr x18, [sp, #160]\n"                         \
					   "ldp x29, x30, [sp], #192\n ret\n"

__asm__(".balign 4\n"
	"registers_call:\n" BEGIN "mov x16, x2\n" EACH_PAIR(
		"ldp", "x0") "ldr x17, [x0, #136]\n ldp x0, x1, [x0]\n"
			     "blr x16\n" END "registers_spin:\n" BEGIN EACH_PAIR(
				     "ldp", "x0") "ldp x16, x17, [x0, #128]\n ldr x30, [x0, "
						  "#240]\n ldp x0, x1, [x0]\n"
						  "1: ldr x17, [x16]\n cbz x17, 1b\n" END);

/* Entered from the firmware: what it is given, then everything overwritten that it may. */
static __attribute__((used)) void EFIAPI clobber_all(event_t event, void *context)
{
	__asm__ volatile("mrs %0, fpcr" : "=r"(callback_fpcr));
	__asm__ volatile(
		"mov x0, #-1\n mov x1, x0\n mov x2, x0\n mov x3, x0\n mov x4, x0\n mov x5, x0\n"
		"mov x6, x0\n mov x7, x0\n mov x8, x0\n mov x9, x0\n mov x10, x0\n mov x11, x0\n"
		"mov x12, x0\n mov x13, x0\n mov x14, x0\n mov x15, x0\n mov x16, x0\n mov x17, "
		"x0\n"
		"dup v0.2d, x0\n dup v1.2d, x0\n dup v2.2d, x0\n dup v3.2d, x0\n dup v4.2d, x0\n"
		"dup v5.2d, x0\n dup v6.2d, x0\n dup v7.2d, x0\n dup v16.2d, x0\n dup v31.2d, x0\n"
		"adds xzr, x0, x0\n"
		:
		:
		: "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12",
		  "x13", "x14", "x15", "x16", "x17", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7",
		  "v16", "v31", "cc");
	fired++;
}

static __attribute__((naked)) void EFIAPI clobber(event_t event, void *context)
{
	__asm__("adrp x9, callback_sp\n\tadd x9, x9, :lo12:callback_sp\n\tmov x10, sp\n\t"
		"str x10, [x9]\n\tb clobber_all");
}

static void fill(void)
{
	unsigned i;

	for (i = 0; i < 31; i++)
		before.x[i] = random64();
	/* the platform's register is nobody's to change */
	__asm__ volatile("mov %0, x18" : "=r"(before.x[18]));
	before.flags = 0xau << 28;
	for (i = 0; i < sizeof(before.v) / 8; i++)
		((uint64_t *)before.v)[i] = random64();
}

/* Of v8 to v15 the lower halves. */
static bool callee_saved_same(void)
{
	unsigned i;

	for (i = SAVED_FIRST; i <= SAVED_LAST; i++)
		if (before.x[i] != after.x[i])
			return false;
	for (i = 8; i < 16; i++)
		if (memcmp(before.v[i], after.v[i], 8) != 0)
			return false;
	return before.x[18] == after.x[18];
}

static void test_services(void)
{
	fill();
	before.x[0] = 0;
	registers_call(&before, &after, (const void *)bs->get_next_monotonic_count);
	check_text(after.x[0] == EFI_INVALID_PARAMETER, "a service called with full registers");
	check_text(callee_saved_same(), "x18 to x29, d8 to d15 survive a service");
	/* one that runs a function of ours in between */
	fill();
	bs->raise_tpl(TPL_NOTIFY);
	bs->signal_event((event_t)target);
	fired = 0;
	before.x[0] = TPL_APPLICATION;
	registers_call(&before, &after, (const void *)bs->restore_tpl);
	check(fired == 1);
	check_text(callee_saved_same(), "and one that calls back");
}

static void test_timer(void)
{
	event_t timer;

	bs->create_event(EVT_TIMER | EVT_NOTIFY_SIGNAL, TPL_CALLBACK, clobber, NULL, &timer);
	fill();
	fired = 0;
	before.x[PAIR_ADDRESS] = (uint64_t)&fired;
	before.x[PAIR_VALUE] = 1;
	callback_fpcr = ~0ull;
	succeeds(bs->set_timer(timer, TIMER_RELATIVE, 200000));
	registers_spin(&before, &after);
	check(fired == 1);
	check_text(memcmp(before.x, after.x, sizeof(before.x)) == 0,
		   "a timer's function disturbs no general register");
	check_text(memcmp(before.v, after.v, sizeof(before.v)) == 0, "no vector register");
	check_text(after.flags == before.flags, "no flag");
	check_text(callback_sp % 16 == 0, "and is entered on an aligned stack");
	check_text((callback_fpcr & 0x9f00) == 0, "with no trap of floating point");
	bs->close_event(timer);
}

/* DAIF.I holds a timer's function back as a raised priority does. */
static void test_interrupts_off(void)
{
	uint64_t start, end, n_then, ticks;
	event_t timer;
	unsigned tries;
	bool in_time;

	bs->create_event(EVT_TIMER | EVT_NOTIFY_SIGNAL, TPL_CALLBACK, clobber, NULL, &timer);
	ticks = ticks_of_microseconds(20000);
	/* they are off before the timer's 30 ms are over: again, where a busy machine let them pass
	 */
	for (tries = 0, in_time = false; tries < 50 && !in_time; tries++) {
		__asm__ volatile("msr daifclr, #2" : : : "memory");
		fired = 0;
		start = cpu_ticks();
		bs->set_timer(timer, TIMER_RELATIVE, 300000);
		__asm__ volatile("msr daifset, #2" : : : "memory");
		in_time = cpu_ticks() - start < ticks;
	}
	end = cpu_ticks() + ticks_of_microseconds(150000);
	while (cpu_ticks() < end)
		;
	n_then = fired;
	__asm__ volatile("msr daifclr, #2" : : : "memory");
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
	uint64_t fpcr;

	__asm__ volatile("mrs %0, fpcr" : "=r"(fpcr));
	check_text((fpcr & 0x9f00) == 0, "FPCR: no exception traps");
	check_text(entry_sp % 16 == 0, "the stack at entry is aligned");
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
	test_interrupts_off();
	bs->close_event(event);
	return tap_done();
}
