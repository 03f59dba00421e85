/* SPDX-License-Identifier: MIT */
#pragma once
/* What tests that trace need of arm64. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/user.h>
#include <ucontext.h>

enum { CPU_RED_ZONE = 0 };

/*
 * A step is an exception, and that ends an exclusive access (Arm ARM, B2.12): a loop of ldxr and
 * stxr would never end. Who has atomic instructions has no such loops.
 */
static inline bool cpu_steps(void)
{
	return getauxval(AT_HWCAP) & HWCAP_ATOMICS;
}

static inline uintptr_t cpu_at(const struct user_regs_struct *regs)
{
	return regs->pc;
}

/* brk #0: the stop is before it. */
#define CPU_BREAK                                                                                  \
	{                                                                                          \
		0x00, 0x00, 0x20, 0xd4                                                             \
	}

static inline void cpu_set_at(struct user_regs_struct *regs, uintptr_t at)
{
	regs->pc = at;
}

/* At a function's first instruction. */
static inline uintptr_t cpu_return_address(pid_t pid, const struct user_regs_struct *regs)
{
	return regs->regs[30];
}

static inline uintptr_t cpu_stack(const struct user_regs_struct *regs)
{
	return regs->sp;
}

static inline uintptr_t cpu_stack_interrupted(const ucontext_t *uc)
{
	return uc->uc_mcontext.sp;
}

/* fn(to, n) on the stack that ends at top. */
static inline void cpu_call(void (*fn)(uint8_t *, size_t), uint8_t *to, size_t n, void *top)
{
	register void *x0 __asm__("x0") = to;
	register size_t x1 __asm__("x1") = n;

	__asm__ volatile("mov x19, sp\n\t"
			 "mov sp, %[top]\n\t"
			 "blr %[fn]\n\t"
			 "mov sp, x19\n\t"
			 : "+r"(x0), "+r"(x1)
			 : [fn] "r"(fn), [top] "r"(top)
			 : "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12",
			   "x13", "x14", "x15", "x16", "x17", "x18", "x19", "x30", "memory", "cc",
			   "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11",
			   "v12", "v13", "v14", "v15", "v16", "v17", "v18", "v19", "v20", "v21",
			   "v22", "v23", "v24", "v25", "v26", "v27", "v28", "v29", "v30", "v31");
}
