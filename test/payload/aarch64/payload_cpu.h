/* SPDX-License-Identifier: MIT */
#pragma once
/* What payloads need of the processor. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EFIAPI

/* A counter that goes on while the program waits. */
static inline uint64_t cpu_ticks(void)
{
	uint64_t now;

	__asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(now) : : "memory");
	return now;
}

static inline void cpu_pause(void)
{
	__asm__ volatile("yield");
}

/* To the first serial port of QEMU's virt, a PL011, past all firmware. */
static inline void serial_put(char c)
{
	*(volatile uint32_t *)0x09000000 = (uint8_t)c;
}

/* Not 0: that would be memory that is all zeros. */
static inline void invalid_instruction(void)
{
	__asm__ volatile("udf #1");
}

/* mov w0, #n; ret */
#define CPU_RETURNS(n)                                                                             \
	{                                                                                          \
		(uint8_t)((n) << 5), (n) >> 3, 0x80, 0x52, 0xc0, 0x03, 0x5f, 0xd6                  \
	}
static __attribute__((naked, unused)) int cpu_forty(void)
{
	__asm__("mov w0, #40\n\tret");
}

/* What was written as data is to be run. A line of a cache has 16 bytes or more. */
static inline void cpu_code_written(const void *code, size_t n)
{
	enum { LINE = 16 };
	const uint8_t *from = (const uint8_t *)((uint64_t)code & ~(uint64_t)(LINE - 1)), *p;
	const uint8_t *end = (const uint8_t *)code + n;

	for (p = from; p < end; p += LINE)
		__asm__ volatile("dc cvau, %0" : : "r"(p) : "memory");
	__asm__ volatile("dsb ish" : : : "memory");
	for (p = from; p < end; p += LINE)
		__asm__ volatile("ic ivau, %0" : : "r"(p) : "memory");
	__asm__ volatile("dsb ish\n\tisb" : : : "memory");
}

/* Every page may be no code (Arm ARM, D8.4). */
static inline bool cpu_runs_data(void)
{
	return false;
}

/* Where Linux puts a program and its libraries. */
#define CPU_PROGRAM 0xaaaaaaaa0000
#define CPU_LIBRARY 0xfffff7dd5000

/* Addresses that an instruction may have. */
#define CPU_INSN_ALIGN 4

/* Leaves a function for an address, as a return does, with the stack of somebody else. */
static inline void cpu_return_below(const void *to)
{
	__asm__ volatile("mov x30, %0\n\tsub sp, sp, #4096\n\tret" : : "r"(to) : "x30", "memory");
}

/* Into a service, its first argument 0, which is to return there. */
static inline void cpu_enter(const void *service, const void *then)
{
	__asm__ volatile("mov x0, xzr\n\tmov x30, %0\n\tbr %1"
			 :
			 : "r"(then), "r"(service)
			 : "x0", "x30", "memory");
}

/*
 * Into a service, its first argument 0, which is to return to the service again: it has one
 * return address, and so for ever.
 */
static inline void cpu_enter_twice(const void *service, const void *then)
{
	cpu_enter(service, service);
}
