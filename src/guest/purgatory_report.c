// SPDX-License-Identifier: MIT
/* One line on the early console, then a reset by whatever way this machine has. */
#include "guest/purgatory.h"
#include "seed/mix.h"

enum { UART_LINE_STATUS = 5, UART_CAN_TAKE = 0x20, UART_IS_EMPTY = 0x40 };

/* A UART that is stuck must not hold up the reset; one that is not there reads as all ones. */
enum { PATIENCE = 100000 };

static inline void out8(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint8_t in8(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static void uart_wait(uint16_t port, uint8_t state)
{
	unsigned i;

	for (i = 0; i < PATIENCE && !(in8((uint16_t)(port + UART_LINE_STATUS)) & state); i++)
		;
}

/* About 0.1 s: port 0x80 takes a microsecond on every PC. */
static void let_it_happen(void)
{
	unsigned i;

	for (i = 0; i < PATIENCE; i++)
		in8(0x80);
}

static void put(const char *text)
{
	const uint16_t port = purgatory_params()->console_port;

	for (; port && *text; text++) {
		uart_wait(port, UART_CAN_TAKE);
		out8(port, (uint8_t)*text);
	}
}

static void put_hex(uint64_t value)
{
	char text[19] = "0x";
	unsigned i, digits = 1;

	while (digits < 16 && value >> 4 * digits)
		digits++;
	for (i = 0; i < digits; i++)
		text[2 + i] = "0123456789abcdef"[value >> 4 * (digits - 1 - i) & 15];
	text[2 + digits] = 0;
	put(text);
}

/*
 * The chipset's reset register, the keyboard controller, and a processor
 * without an interrupt table: one of them ends every PC.
 */
static void __attribute__((noreturn)) reset(void)
{
	static const uint8_t no_table[10];
	const uint16_t port = purgatory_params()->console_port;

	put(", resetting\r\n");
	if (port)
		uart_wait(port, UART_IS_EMPTY);
	out8(0xcf9, 0x02);
	out8(0xcf9, 0x06);
	let_it_happen();
	out8(0x64, 0xfe);
	let_it_happen();
	__asm__ volatile("lidt %0" : : "m"(no_table));
	for (;;)
		__asm__ volatile("ud2");
}

void purgatory_show_seed(const struct purgatory_seed *seed)
{
	const uint8_t *byte = (const void *)seed->addr;
	char text[3] = "";
	uint64_t i;

	put("\r\nbardo: seed ");
	put_hex(seed_fingerprint(byte, seed->n_bytes));
	if (seed->flags & PURGATORY_SEED_SHOW_ALL)
		put(" is ");
	for (i = 0; seed->flags & PURGATORY_SEED_SHOW_ALL && i < seed->n_bytes; i++) {
		text[0] = "0123456789abcdef"[byte[i] >> 4];
		text[1] = "0123456789abcdef"[byte[i] & 15];
		put(text);
	}
	put("\r\n");
}

void purgatory_show_copies(unsigned n_lists)
{
	put("\r\nbardo: lists of copies found: ");
	put_hex(n_lists);
	put("\r\n");
}

void purgatory_damaged(unsigned segment)
{
	const struct purgatory_range *s = &purgatory_params()->segment[segment];

	put("\r\nbardo: staged memory is damaged: segment at ");
	put_hex(s->addr);
	put(", ");
	put_hex(s->n_bytes);
	put(" bytes");
	reset();
}

void purgatory_trapped(const struct purgatory_trap *trap)
{
	uint64_t cr2;

	__asm__ volatile("mov %%cr2, %0" : "=r"(cr2));
	put("\r\nbardo: exception ");
	put_hex(trap->vector);
	put(", error ");
	put_hex(trap->error);
	put(", at ");
	put_hex(trap->rip);
	put(", address ");
	put_hex(cr2);
	put(", stack ");
	put_hex(trap->rsp);
	reset();
}
