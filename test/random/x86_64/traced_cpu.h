/* SPDX-License-Identifier: MIT */
#pragma once
/* What tests that trace need of x86-64. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <ucontext.h>

/* Below the stack pointer, what functions use all the same. */
enum { CPU_RED_ZONE = 128 };

static inline bool cpu_steps(void)
{
	return true;
}

static inline uintptr_t cpu_at(const struct user_regs_struct *regs)
{
	return regs->rip;
}

/* int3: the stop is behind it. */
#define CPU_BREAK                                                                                  \
	{                                                                                          \
		0xcc                                                                               \
	}

static inline void cpu_set_at(struct user_regs_struct *regs, uintptr_t at)
{
	regs->rip = at;
}

/* At a function's first instruction. */
static inline uintptr_t cpu_return_address(pid_t pid, const struct user_regs_struct *regs)
{
	return (uintptr_t)ptrace(PTRACE_PEEKDATA, pid, regs->rsp, NULL);
}

static inline uintptr_t cpu_stack(const struct user_regs_struct *regs)
{
	return regs->rsp;
}

static inline uintptr_t cpu_stack_interrupted(const ucontext_t *uc)
{
	return (uintptr_t)uc->uc_mcontext.gregs[REG_RSP];
}

/* fn(to, n) on the stack that ends at top. */
static inline void cpu_call(void (*fn)(uint8_t *, size_t), uint8_t *to, size_t n, void *top)
{
	__asm__ volatile("mov %%rsp, %%rbx\n\t"
			 "mov %[top], %%rsp\n\t"
			 "call *%[fn]\n\t"
			 "mov %%rbx, %%rsp\n\t"
			 : "+D"(to), "+S"(n), [fn] "+r"(fn), [top] "+r"(top)
			 :
			 : "rax", "rbx", "rcx", "rdx", "r8", "r9", "r10", "r11", "memory", "cc",
			   "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8",
			   "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
}
