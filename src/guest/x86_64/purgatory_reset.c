// SPDX-License-Identifier: MIT
/* Exceptions, which nobody answers, and the way out of a PC. */
#include "guest/purgatory.h"
#include "guest/x86_64/port.h"

enum { MICROSECONDS = 100000 };

/* As purgatory_entry.S pushes it. */
struct purgatory_trap {
	uint64_t vector, error, rip, cs, rflags, rsp, ss;
};

hidden void purgatory_trapped(const struct purgatory_trap *trap) __attribute__((noreturn));

/* About 0.1 s: port 0x80 takes a microsecond on every PC. */
static void let_it_happen(void)
{
	unsigned i;

	for (i = 0; i < MICROSECONDS; i++)
		in8(0x80);
}

/*
 * The chipset's reset register, the keyboard controller, and a processor
 * without an interrupt table: one of them ends every PC.
 */
void purgatory_reset(void)
{
	static const uint8_t no_table[10];

	out8(0xcf9, 0x02);
	out8(0xcf9, 0x06);
	let_it_happen();
	out8(0x64, 0xfe);
	let_it_happen();
	__asm__ volatile("lidt %0" : : "m"(no_table));
	for (;;)
		__asm__ volatile("ud2");
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
