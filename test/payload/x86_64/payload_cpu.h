/* SPDX-License-Identifier: MIT */
#pragma once
/* What payloads need of the processor. */
#include <stdint.h>

#define EFIAPI __attribute__((ms_abi))

static inline uint64_t rdtsc(void)
{
	uint32_t lo, hi;

	__asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi));
	return (uint64_t)hi << 32 | lo;
}

static inline void cpu_pause(void)
{
	__builtin_ia32_pause();
}

/* To the first serial port, past all firmware. */
static inline void serial_put(char c)
{
	__asm__ volatile("outb %0, %1" : : "a"(c), "Nd"((uint16_t)0x3f8));
}

static inline void invalid_instruction(void)
{
	__asm__ volatile("ud2");
}
