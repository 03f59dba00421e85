/* SPDX-License-Identifier: MIT */
#pragma once
/* What payloads need of the processor. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EFIAPI __attribute__((ms_abi))

/* A counter that goes on while the program waits. */
static inline uint64_t cpu_ticks(void)
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

/* mov $n, %eax; ret. n is less than 128. */
#define CPU_RETURNS(n)                                                                             \
	{                                                                                          \
		0xb8, (n), 0, 0, 0, 0xc3                                                           \
	}
static __attribute__((naked, unused)) int cpu_forty(void)
{
	__asm__("mov $40, %eax; ret");
}

/* What was written as data is to be run. */
static inline void cpu_code_written(const void *code, size_t n)
{
}

/*
 * Intel SDM volume 3, 4.6; AMD APM volume 2, 5.6: a processor without NX runs whatever can be
 * read.
 */
static inline bool cpu_runs_data(void)
{
	uint32_t a = 0x80000001, b, c = 0, d;

	__asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	return !(d >> 20 & 1);
}

/* Where Linux puts a program and its libraries. */
#define CPU_PROGRAM 0x555555554000
#define CPU_LIBRARY 0x7ffff7dd5000

/* Addresses that an instruction may have. */
#define CPU_INSN_ALIGN 1

/* Leaves a function for an address, as a return does, with the stack of somebody else. */
static inline void cpu_return_below(const void *to)
{
	__asm__ volatile("mov %0, %%rax; sub $4096, %%rsp; push %%rax; ret"
			 :
			 : "r"(to)
			 : "rax", "memory");
}

/* Into a service, its first argument 0, which is to return to the service again, and then there. */
static inline void cpu_enter_twice(const void *service, const void *then)
{
	__asm__ volatile("sub $0x28, %%rsp; push %0; push %1; push %1; xor %%ecx, %%ecx; jmp *%1"
			 :
			 : "r"(then), "r"(service)
			 : "rcx", "memory");
}

/* Into a service, its first argument 0, which is to return there. */
static inline void cpu_enter(const void *service, const void *then)
{
	__asm__ volatile("sub $0x28, %%rsp; push %0; xor %%ecx, %%ecx; jmp *%1"
			 :
			 : "r"(then), "r"(service)
			 : "rcx", "memory");
}
