// SPDX-License-Identifier: MIT
/* Exceptions, which nobody answers, and the way out of a PC. */
#include "guest/purgatory.h"
#include "guest/x86_64/reset.h"

/* As purgatory_entry.S pushes it. */
struct purgatory_trap {
	uint64_t vector, error, rip, cs, rflags, rsp, ss;
};

hidden void purgatory_trapped(const struct purgatory_trap *trap) __attribute__((noreturn));

void purgatory_reset(void)
{
	reset_pc();
}

void purgatory_trapped(const struct purgatory_trap *trap)
{
	uint64_t cr2;

	__asm__ volatile("mov %%cr2, %0" : "=r"(cr2));
	purgatory_put("\r\nbardo: exception ");
	purgatory_put_hex(trap->vector);
	purgatory_put(", error ");
	purgatory_put_hex(trap->error);
	purgatory_put(", at ");
	purgatory_put_hex(trap->rip);
	purgatory_put(", address ");
	purgatory_put_hex(cr2);
	purgatory_put(", stack ");
	purgatory_put_hex(trap->rsp);
	purgatory_give_up();
}
