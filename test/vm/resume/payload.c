// SPDX-License-Identifier: MIT
/* On the bare machine: is everything as it was frozen? Says so on the serial line. */
#include "payload.h"

#include <stdbool.h>

#define hidden __attribute__((visibility("hidden")))

extern hidden const uint64_t payload_saved[17];
extern hidden const uint8_t payload_fxsave[512];
hidden void payload_main(const struct payload_config *config) __attribute__((noreturn));

static void out8(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static uint8_t in8(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static void put(const char *text)
{
	for (; *text; text++) {
		while (!(in8(0x3fd) & 0x20))
			;
		out8(0x3f8, (uint8_t)*text);
	}
}

static void put_number(const char *name, uint64_t value)
{
	char text[17];
	unsigned i;

	for (i = 0; i < 16; i++)
		text[i] = "0123456789abcdef"[value >> (60 - 4 * i) & 15];
	text[16] = 0;
	put(name);
	put(text);
}

static unsigned n_wrong(const char *what, uint64_t where, uint64_t is, uint64_t wanted)
{
	if (is == wanted)
		return 0;
	put("payload: wrong ");
	put(what);
	put_number(" ", where);
	put_number(": ", is);
	put_number(", not ", wanted);
	put("\r\n");
	return 1;
}

static unsigned check_registers(const struct payload_config *c)
{
	uint64_t cr0, cr4;
	uint16_t cs, ds, ss;
	unsigned i, wrong = 0;

	for (i = 0; i < 16; i++)
		wrong += n_wrong("register", i, payload_saved[i], c->regs[i]);
	wrong += n_wrong("rflags", 0, payload_saved[16], c->rflags);
	for (i = 0; i < 416; i++) {
		/* 8 to 23: instruction and operand pointers, which QEMU does not keep */
		if (i < 6 || i >= 24)
			wrong += n_wrong("fxsave byte", i, payload_fxsave[i], c->fxsave[i]);
	}
	__asm__ volatile("mov %%cs, %0; mov %%ds, %1; mov %%ss, %2" : "=r"(cs), "=r"(ds), "=r"(ss));
	wrong += n_wrong("cs", 0, cs, 0x10) + n_wrong("ds", 0, ds, 0x18) +
		 n_wrong("ss", 0, ss, 0x18);
	__asm__ volatile("mov %%cr0, %0; mov %%cr4, %1" : "=r"(cr0), "=r"(cr4));
	wrong += n_wrong("cr0 (mp em ts ne)", 0, cr0 & 0x2e, 0x22);
	wrong += n_wrong("cr4 (osfxsr osxmmexcpt)", 0, cr4 & 0x600, 0x600);
	wrong += n_wrong("cr4 (la57)", 0, cr4 >> 12 & 1, c->five_level);
	return wrong;
}

static unsigned check_range(const struct payload_range *r)
{
	const uint64_t *word = (const void *)r->addr;
	uint64_t at;

	for (at = r->addr; at < r->addr + r->n_bytes; at += 8, word++) {
		if (*word != (r->seed ? payload_word(r->seed, at) : 0))
			return n_wrong("word", at, *word, r->seed ? payload_word(r->seed, at) : 0);
	}
	return 0;
}

/* By the tables that the processor stands on, as it walks them (SDM volume 3, 4.5). */
static uint64_t is_mapped(const struct payload_config *c, uint64_t addr)
{
	unsigned shift = c->five_level ? 57 : 48;
	uint64_t entry;

	__asm__ volatile("mov %%cr3, %0" : "=r"(entry));
	entry |= 1;
	while (shift > 12 && entry & 1) {
		shift -= 9;
		entry = ((const uint64_t *)(entry & 0xffffffffff000))[addr >> shift & 511];
		if (entry & 0x80)
			break;
	}
	return entry & 1;
}

/* Memory is there, what lies beside it is not, and no device: a processor may look ahead. */
static unsigned check_mapped(const struct payload_config *c)
{
	unsigned wrong = n_wrong("local APIC mapped", 0xfee00000, is_mapped(c, 0xfee00000), 0);

	for (uint64_t i = 0; i < c->n_mapped; i++) {
		const uint64_t start = c->mapped[i].addr, end = start + c->mapped[i].n_bytes;

		wrong += n_wrong("mapped", start, is_mapped(c, start), 1);
		wrong += n_wrong("mapped", end - 8, is_mapped(c, end - 8), 1);
		if (start)
			wrong += n_wrong("mapped", start - 8, is_mapped(c, start - 8), 0);
		wrong += n_wrong("mapped", end, is_mapped(c, end), 0);
	}
	return wrong;
}

static uint64_t read_tsc(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (uint64_t)high << 32 | low;
}

void payload_main(const struct payload_config *c)
{
	const uint64_t ms = (read_tsc() - c->tsc) / c->tsc_per_ms;
	unsigned wrong = 0;
	uint64_t i;

	put_number("\r\npayload: resumed, ms since the jump was asked for: ", ms);
	put("\r\n");
	wrong += check_registers(c);
	wrong += check_mapped(c);
	for (i = 0; i < c->n_ranges; i++)
		wrong += check_range(&c->range[i]);
	put_number("payload: ranges ", c->n_ranges);
	put_number(", wrong ", wrong);
	put(wrong ? "\r\npayload: failed\r\n" : "\r\npayload: all as frozen\r\n");
	if (c->wants_trap)
		__asm__ volatile("mov $0x1234, %%rdi; mov %%rdi, %%cr2; ud2" : : : "rdi");
	/* QEMU's isa-debug-exit: status 2 * n + 1 */
	__asm__ volatile("outl %0, %1" : : "a"(wrong ? 0x11 : 0x10), "Nd"((uint16_t)0xf4));
	for (;;)
		__asm__ volatile("hlt");
}
