/* SPDX-License-Identifier: MIT */
#pragma once
/* What tests with machines need of the processor. */
#include "machine_regs.h"

#include <elf.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* As messages call it, and the other one. */
#define UNIT_PE_NAME "ARM64"
#define UNIT_OTHER_PE_NAME "x86-64"
enum { UNIT_OTHER_PE = 0x8664 };
/* Do boot parameters tell a Linux where its initrd is? */
enum { UNIT_HAS_BOOT_PARAMS = 0 };

/* Code: blr x0, calls its argument; returns a number below 128; b ., goes round. */
#define UNIT_CALLS_ARGUMENT                                                                        \
	{                                                                                          \
		0x00, 0x00, 0x3f, 0xd6                                                             \
	}
#define UNIT_RETURNS(n)                                                                            \
	{                                                                                          \
		(uint8_t)((n) << 5), (uint8_t)((n) >> 3), 0x80, 0x52, 0xc0, 0x03, 0x5f, 0xd6       \
	}
#define UNIT_GOES_ROUND                                                                            \
	{                                                                                          \
		0x00, 0x00, 0x00, 0x14                                                             \
	}

/* What it begins with. */
static inline struct machine_regs unit_regs(uint64_t pc, uint64_t sp, uint64_t argument)
{
	return (struct machine_regs){ .x = { argument }, .sp = sp, .pc = pc };
}

static inline void unit_crash(void)
{
	__asm__ volatile("udf #1");
}

/* For a machine that is no more than registers and memory: a function is entered... */
static inline uint64_t unit_argument(const struct machine_regs *regs, unsigned i)
{
	return regs->x[i];
}

static inline uint64_t unit_return_address(const struct machine_regs *regs, const uint8_t *memory)
{
	return regs->x[30];
}

/* ... and left for that address; it was entered with that stack pointer. */
static inline void unit_leave(struct machine_regs *regs, uint64_t back, uint64_t sp,
			      uint64_t result)
{
	regs->x[0] = result;
	regs->pc = back;
	regs->sp = sp;
}

static inline uint64_t unit_result(const struct machine_regs *regs)
{
	return regs->x[0];
}

static inline void unit_stand(struct machine_regs *regs, uint64_t pc, uint64_t sp)
{
	regs->pc = pc;
	regs->sp = sp;
}

/* A call from where the stack pointer is sp, as it is right behind the call. */
static inline void unit_call(struct machine_regs *regs, uint8_t *memory, uint64_t sp, uint64_t back,
			     const uint64_t *argument, unsigned n)
{
	memcpy(memory + sp, argument + 8, 8 * (n - 8));
	memcpy(regs->x, argument, 8 * 8);
	regs->x[30] = back;
	regs->sp = sp;
}

/* A state of the FPU that is told from another. */
static inline void unit_fpu_mark(struct machine_fpu *fpu)
{
	fpu->v[0][0] = 0x7f;
}

static inline bool unit_fpu_is_marked(const struct machine_fpu *fpu)
{
	return fpu->v[0][0] == 0x7f;
}

/* As much as an image can have of flags and of the FPU's state... */
static inline void unit_state_possible(struct machine_regs *regs, struct machine_fpu *fpu)
{
	regs->pstate = UINT64_C(0xf) << 28;
	memset(fpu->v, 0x5a, sizeof(fpu->v));
	fpu->fpsr = 0xf800009f;
	fpu->fpcr = 0x07c00000;
}

/* ... what no image can have is told by these... */
static inline bool unit_state_harmless(const struct machine_regs *regs,
				       const struct machine_fpu *fpu)
{
	return !(regs->pstate & 0xfffffff) && !(regs->pstate >> 32) && !fpu->reserved[0] &&
	       !fpu->reserved[1];
}

/* ... and made of it by these. */
enum { UNIT_BAD_REGS = 5, UNIT_BAD_FPU = 4 };

static inline void unit_regs_bad(struct machine_regs *regs, unsigned i)
{
	/* EL1, a single step, interrupts off, 32 bits, more than there are */
	static const uint64_t flags[UNIT_BAD_REGS] = { 0x5, 1 << 21, 0x3c0, 1 << 4, 1ULL << 32 };

	regs->pstate = flags[i];
}

static inline void unit_fpu_bad(struct machine_fpu *fpu, unsigned i)
{
	if (i == 0)
		fpu->fpsr = 1 << 8;
	else if (i == 1)
		fpu->fpcr = 1U << 31;
	else
		fpu->reserved[i - 2] = 1;
}

/* Who traces a process has it make a call from there, when it goes on... */
static inline bool unit_trace_call(pid_t pid, uint64_t code, long number)
{
	struct machine_regs regs;
	struct iovec all = { &regs, sizeof(regs) };

	if (syscall(SYS_ptrace, PTRACE_GETREGSET, pid, NT_PRSTATUS, &all) < 0)
		return false;
	regs.pc = code;
	regs.x[8] = (uint64_t)number;
	return syscall(SYS_ptrace, PTRACE_SETREGSET, pid, NT_PRSTATUS, &all) == 0;
}

/* ... or another one than that in which it stopped. */
static inline bool unit_trace_exchange(pid_t pid, long number)
{
	int word = (int)number;
	struct iovec all = { &word, sizeof(word) };

	return syscall(SYS_ptrace, PTRACE_SETREGSET, pid, NT_ARM_SYSTEM_CALL, &all) == 0;
}

/* A number that only a 32-bit program has: ARM's set_tls. */
static inline long unit_old_system_call(void)
{
	return syscall(0xf0005, 0);
}
