/* SPDX-License-Identifier: MIT */
#pragma once
/* The end of every PC, whoever runs on it. */
#include "guest/x86_64/port.h"

/* About 0.1 s: port 0x80 takes a microsecond on every PC. */
static inline void let_it_happen(void)
{
	enum { MICROSECONDS = 100000 };

	for (unsigned i = 0; i < MICROSECONDS; i++)
		in8(0x80);
}

/*
 * The chipset's reset register, the keyboard controller, and a processor
 * without an interrupt table: one of them ends every PC.
 */
static inline void __attribute__((noreturn)) reset_pc(void)
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
