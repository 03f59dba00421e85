/* SPDX-License-Identifier: MIT */
#pragma once
/* A process that is traced, an instruction at a time. It is a child of ours, with the same vDSO. */
#include "base/util.h"
#include "traced_cpu.h"

#include <elf.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>

/*
 * Who traces and who is traced stay on this processor: one works while the other waits, and to wake
 * another processor takes longer than a step, in an emulator many times.
 */
static inline void traced_stay_here(void)
{
	const int cpu = sched_getcpu();
	cpu_set_t one;

	if (cpu < 0 || cpu >= CPU_SETSIZE)
		return;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	sched_setaffinity(0, sizeof(one), &one);
}

static inline bool traced_in_vdso(uintptr_t at)
{
	return at - getauxval(AT_SYSINFO_EHDR) < 4 * PAGE_BYTES;
}

static inline bool traced_registers(pid_t pid, struct user_regs_struct *ret)
{
	struct iovec iov = { ret, sizeof(*ret) };

	return ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &iov) == 0;
}

/* It goes on with a breakpoint at that address, until it stops: there, mostly. */
static inline bool traced_run_to(pid_t pid, uintptr_t at, int *ret_status)
{
	const long was = ptrace(PTRACE_PEEKTEXT, pid, at, NULL);
	struct user_regs_struct regs;
	struct iovec iov = { &regs, sizeof(regs) };
	long with = was;

	memcpy(&with, (const uint8_t[])CPU_BREAK, sizeof((const uint8_t[])CPU_BREAK));
	if (ptrace(PTRACE_POKETEXT, pid, at, with) < 0 ||
	    ptrace(PTRACE_CONT, pid, NULL, NULL) < 0 || waitpid(pid, ret_status, 0) < 0)
		return false;
	if (!WIFSTOPPED(*ret_status))
		return true;
	ptrace(PTRACE_POKETEXT, pid, at, was);
	if (WSTOPSIG(*ret_status) != SIGTRAP || !traced_registers(pid, &regs))
		return true;
	cpu_set_at(&regs, at);
	return ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &iov) == 0;
}

/*
 * One instruction, or all of the vDSO's function that begins with the next one: its clock reads
 * again when the time went on meanwhile, and at the pace of steps it always has. The signal is
 * delivered first; 0: none. False when the process is gone.
 */
static inline bool traced_step(pid_t pid, int sig, int *ret_status)
{
	struct user_regs_struct regs;
	uintptr_t back;

	if (ptrace(PTRACE_SINGLESTEP, pid, NULL, sig) < 0 || waitpid(pid, ret_status, 0) < 0)
		return false;
	if (!WIFSTOPPED(*ret_status) || WSTOPSIG(*ret_status) != SIGTRAP ||
	    !traced_registers(pid, &regs) || !traced_in_vdso(cpu_at(&regs)))
		return true;
	back = cpu_return_address(pid, &regs);
	/* what a signal's handler returns to is in the vDSO, too, and no function */
	return traced_in_vdso(back) || traced_run_to(pid, back, ret_status);
}
