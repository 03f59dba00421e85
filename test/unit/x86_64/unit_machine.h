/* SPDX-License-Identifier: MIT */
#pragma once
/* What tests with machines need of the processor. */
#include "machine_regs.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <unistd.h>

/* As messages call it, and the other one. */
#define UNIT_PE_NAME "x86-64"
#define UNIT_OTHER_PE_NAME "ARM64"
enum { UNIT_OTHER_PE = 0xaa64 };
/* Do boot parameters tell a Linux where its initrd is? */
enum { UNIT_HAS_BOOT_PARAMS = 1 };

/* Code: calls its argument; returns a number below 128; goes round. */
#define UNIT_CALLS_ARGUMENT                                                                        \
	{                                                                                          \
		0xff, 0xd7                                                                         \
	}
#define UNIT_RETURNS(n)                                                                            \
	{                                                                                          \
		0xb8, (n), 0, 0, 0, 0xc3                                                           \
	}
#define UNIT_GOES_ROUND                                                                            \
	{                                                                                          \
		0xeb, 0xfe                                                                         \
	}

/* What it begins with. */
static inline struct machine_regs unit_regs(uint64_t pc, uint64_t sp, uint64_t argument)
{
	return (struct machine_regs){ .rip = pc, .rsp = sp, .rdi = argument, .rflags = 2 };
}

static inline void unit_crash(void)
{
	__asm__ volatile("ud2");
}

/* For a machine that is no more than registers and memory: a function is entered... */
static inline uint64_t unit_argument(const struct machine_regs *regs, unsigned i)
{
	return i ? regs->rdx : regs->rcx;
}

static inline uint64_t unit_return_address(const struct machine_regs *regs, const uint8_t *memory)
{
	uint64_t v;

	memcpy(&v, memory + regs->rsp, sizeof(v));
	return v;
}

/* ... and left for that address; it was entered with that stack pointer. */
static inline void unit_leave(struct machine_regs *regs, uint64_t back, uint64_t sp,
			      uint64_t result)
{
	regs->rax = result;
	regs->rip = back;
	regs->rsp = sp + 8;
}

static inline uint64_t unit_result(const struct machine_regs *regs)
{
	return regs->rax;
}

static inline void unit_stand(struct machine_regs *regs, uint64_t pc, uint64_t sp)
{
	regs->rip = pc;
	regs->rsp = sp;
}

/* A call from where the stack pointer is sp, as it is right behind the call. */
static inline void unit_call(struct machine_regs *regs, uint8_t *memory, uint64_t sp, uint64_t back,
			     const uint64_t *argument, unsigned n)
{
	memcpy(memory + sp - 8, &back, sizeof(back));
	memcpy(memory + sp + 32, argument + 4, 8 * (n - 4));
	regs->rcx = argument[0];
	regs->rdx = argument[1];
	regs->r8 = argument[2];
	regs->r9 = argument[3];
	regs->rsp = sp - 8;
}

/* A state of the FPU that is told from another. */
static inline void unit_fpu_mark(struct machine_fpu *fpu)
{
	fpu->fxsave[0] = 0x7f;
}

static inline bool unit_fpu_is_marked(const struct machine_fpu *fpu)
{
	return fpu->fxsave[0] == 0x7f;
}

/* As much as an image can have of flags and of the FPU's state... */
static inline void unit_state_possible(struct machine_regs *regs, struct machine_fpu *fpu)
{
	regs->rflags = 0x250202;
	fpu->fxsave[0] = 0x7f;
	fpu->n_xsave = 832;
}

/* ... what no image can have is told by these... */
static inline bool unit_state_harmless(const struct machine_regs *regs,
				       const struct machine_fpu *fpu)
{
	return !(regs->rflags & 0x23100) && fpu->n_xsave <= sizeof(fpu->xsave);
}

/* ... and made of it by these. */
enum { UNIT_BAD_REGS = 5, UNIT_BAD_FPU = 7 };

static inline void unit_regs_bad(struct machine_regs *regs, unsigned i)
{
	static const uint64_t flags[UNIT_BAD_REGS] = { 0x302 /* trap flag */, 0x3202, 0x20202,
						       0x200, 1ULL << 32 | 2 };

	regs->rflags = flags[i];
}

static inline void unit_fpu_bad(struct machine_fpu *fpu, unsigned i)
{
	static const uint32_t sizes[] = { 512, 1, sizeof(fpu->xsave) + 1, UINT32_MAX };

	if (i < 4)
		fpu->n_xsave = sizes[i];
	else if (i == 4)
		fpu->xsave[512 + 15] = 0x80; /* compacted */
	else if (i == 5)
		fpu->xsave[512 + 63] = 1;
	else
		fpu->fxsave[26] = 1;
}

/* Who traces a process has it make a call from there, when it goes on... */
static inline bool unit_trace_call(pid_t pid, uint64_t code, long number)
{
	struct user_regs_struct regs;

	if (syscall(SYS_ptrace, PTRACE_GETREGS, pid, 0, &regs) < 0)
		return false;
	regs.rip = code;
	regs.orig_rax = ~0ULL;
	regs.rax = (uint64_t)number;
	return syscall(SYS_ptrace, PTRACE_SETREGS, pid, 0, &regs) == 0;
}

/* ... or another one than that in which it stopped. */
static inline bool unit_trace_exchange(pid_t pid, long number)
{
	struct user_regs_struct regs;

	if (syscall(SYS_ptrace, PTRACE_GETREGS, pid, 0, &regs) < 0)
		return false;
	regs.orig_rax = (uint64_t)number;
	return syscall(SYS_ptrace, PTRACE_SETREGS, pid, 0, &regs) == 0;
}

/* getpid(2) of a 32-bit program. */
static inline long unit_old_system_call(void)
{
	long r = 20;

	__asm__ volatile("int $0x80" : "+a"(r) : : "r8", "r9", "r10", "r11", "memory");
	return r;
}
