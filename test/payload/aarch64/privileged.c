// SPDX-License-Identifier: MIT
/*
 * Instructions of EL1 that an EFI program may use, with operands that real hardware takes, too:
 * none of them may end the program.
 */
#include "lib.h"

#define READ(name)                                                                                 \
	({                                                                                         \
		uint64_t value_;                                                                   \
		__asm__ volatile("mrs %0, " name : "=r"(value_));                                  \
		value_;                                                                            \
	})

static void test_level(void)
{
	const uint64_t level = READ("CurrentEL");

	check_text(level == 1 << 2 || level == 2 << 2, "CurrentEL: EL1 or EL2");
}

static void test_control_registers(void)
{
	static const char none = 0;
	uint64_t v;

	/* what was just read goes back: right on hardware, and here nobody's business */
	v = READ("sctlr_el1");
	__asm__ volatile("msr sctlr_el1, %0\n\tisb" : : "r"(v));
	v = READ("vbar_el1");
	__asm__ volatile("msr vbar_el1, %0\n\tisb" : : "r"(v));
	v = READ("cpacr_el1");
	__asm__ volatile("msr cpacr_el1, %0\n\tisb" : : "r"(v));
	READ("ttbr0_el1");
	READ("tcr_el1");
	READ("mair_el1");
	READ("esr_el1");
	READ("far_el1");
	READ("cntkctl_el1");
	__asm__ volatile("at s1e1r, %0\n\tisb" : : "r"(&none));
	READ("par_el1");
	check_text(true, "registers of EL1 read, and written as they were");
}

static void test_identity(void)
{
	READ("midr_el1");
	READ("mpidr_el1");
	READ("id_aa64pfr0_el1");
	READ("id_aa64mmfr0_el1");
	READ("id_aa64isar0_el1");
	check_text((READ("ctr_el0") & 0xf) < 16, "the processor says who it is");
	/* with 0 Linux believes that no cache is to be cleaned */
	check((READ("clidr_el1") & 0x3fffffff) != 0);
	READ("ccsidr_el1");
	READ("dczid_el0");
}

static void test_caches(void)
{
	static uint8_t line[256] __attribute__((aligned(256))) = { 1 };

	__asm__ volatile("dc civac, %0\n\tdc cvac, %0\n\tdc cvau, %0\n\tdsb sy"
			 :
			 : "r"(line)
			 : "memory");
	__asm__ volatile("ic iallu\n\tic ialluis\n\tdsb sy\n\tisb" : : : "memory");
	check_text(line[0] == 1, "dc, ic");
	__asm__ volatile("dc ivac, %0\n\tdsb sy" : : "r"(line + 128) : "memory");
	__asm__ volatile("dsb sy\n\tisb");
}

static void test_flags(void)
{
	const uint64_t before = READ("daif");

	__asm__ volatile("msr daifset, #15");
	check(READ("daif") == 0xf << 6);
	__asm__ volatile("msr daifclr, #2");
	check(READ("daif") == 0xd << 6);
	__asm__ volatile("msr daif, %0" : : "r"(before));
	check(READ("daif") == before);
}

static void test_clocks(void)
{
	uint64_t t = READ("cntpct_el0"), v = READ("cntvct_el0");

	__asm__ volatile("isb");
	check(READ("cntfrq_el0") > 0 && READ("cntpct_el0") >= t && READ("cntvct_el0") >= v);
	READ("cntv_ctl_el0");
	READ("pmccntr_el0");
	check_text(true, "the timers' registers");
}

/* Real firmware may have somebody above, who says the same of a function that nobody knows. */
static void test_calls(void)
{
	register uint64_t function __asm__("x0") = 0x8600ff00;

	if (!on_bardo())
		return;
	__asm__ volatile("smc #0" : "+r"(function) : : "x1", "x2", "x3", "memory");
	check_text(function == ~0ull, "smc: nobody is above");
	function = 0x8600ff00;
	__asm__ volatile("hvc #0" : "+r"(function) : : "x1", "x2", "x3", "memory");
	check_text(function == ~0ull, "hvc: nobody is above");
}

static void test_wait(void)
{
	uint64_t index;
	event_t timer;

	__asm__ volatile("sev\n\twfe\n\tsevl\n\twfe\n\tyield\n\tnop");
	/* wfi ends with the next interrupt, the firmware's timer at the latest */
	bs->create_event(EVT_TIMER, 0, NULL, NULL, &timer);
	bs->set_timer(timer, TIMER_RELATIVE, 500000);
	for (index = 0; index < 100000000 && bs->check_event(timer) == EFI_NOT_READY; index++)
		__asm__ volatile("wfi");
	check_text(index < 100000000, "wfi waits, and time goes on");
	bs->close_event(timer);
}

efi_status_t payload(void)
{
	test_level();
	test_control_registers();
	test_identity();
	test_caches();
	test_flags();
	test_clocks();
	test_calls();
	test_wait();
	return tap_done();
}
