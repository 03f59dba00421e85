// SPDX-License-Identifier: MIT
/* Exceptions, which nobody answers, and the way out by PSCI (DEN0022, 5.13). */
#include "guest/purgatory.h"
#include "guest/aarch64/system.h"

#define SYSTEM_RESET UINT64_C(0x84000009)

/* As purgatory_entry.S stores it. */
struct purgatory_trap {
	uint64_t vector, syndrome, pc, address, sp;
};

hidden void purgatory_trapped(const struct purgatory_trap *trap) __attribute__((noreturn));

static void secure_monitor_call(void)
{
	register uint64_t function __asm__("x0") = SYSTEM_RESET;

	__asm__ volatile("smc #0" : "+r"(function) : : "x1", "x2", "x3", "memory");
}

static void hypervisor_call(void)
{
	register uint64_t function __asm__("x0") = SYSTEM_RESET;

	__asm__ volatile("hvc #0" : "+r"(function) : : "x1", "x2", "x3", "memory");
}

/*
 * Whoever answers PSCI is above us: below EL2 that is a hypervisor, or firmware. A call that
 * goes nowhere is an exception; so the other way has its turn in the handler.
 */
void purgatory_reset(void)
{
	struct purgatory_scratch *scratch = (void *)purgatory_params()->scratch;
	const unsigned turn = scratch->tables.n_resets++;

	if (!at_el2() && turn == 0)
		hypervisor_call();
	if (turn < 2)
		secure_monitor_call();
	for (;;)
		__asm__ volatile("wfi");
}

void purgatory_trapped(const struct purgatory_trap *trap)
{
	const struct purgatory_scratch *scratch = (const void *)purgatory_params()->scratch;

	if (scratch->tables.n_resets)
		purgatory_reset();
	purgatory_put("\r\nbardo: exception ");
	purgatory_put_hex(trap->vector);
	purgatory_put(", syndrome ");
	purgatory_put_hex(trap->syndrome);
	purgatory_put(", at ");
	purgatory_put_hex(trap->pc);
	purgatory_put(", address ");
	purgatory_put_hex(trap->address);
	purgatory_put(", stack ");
	purgatory_put_hex(trap->sp);
	purgatory_give_up();
}
