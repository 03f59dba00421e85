// SPDX-License-Identifier: MIT
/* Every instruction that wants a privilege, and hlt of a gate, is a general protection fault. */
#include "machine/process/processor.h"
#include "machine/convention.h"
#include "machine/process/x86_64/insn.h"

#include <assert.h>
#include <elf.h>
#include <errno.h>
#include <linux/audit.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <time.h>

static_assert(sizeof(struct user_fpregs_struct) == 512, "FXSAVE64");

enum { USER_CS = 0x33, USER_SS = 0x2b };

/* arch_prctl(2)'s, from asm/prctl.h of Linux 6.6, and ptrace(2)'s way to it */
enum { SHSTK_DISABLE = 0x5002, SHSTK_UNLOCK = 0x5004, SHSTK_SHSTK = 1 };
#ifndef PTRACE_ARCH_PRCTL
#define PTRACE_ARCH_PRCTL 30
#endif

static const uint8_t call_code[] = { 0x0f, 0x05, 0xf4 }; /* syscall; hlt */
enum { SYSCALL_BYTES = 2 };

const uint32_t processor_audit_arch = AUDIT_ARCH_X86_64;
const int processor_gate_signal = SIGSEGV;

struct processor {
	struct insn_cpu cpu;
	struct user_regs_struct
		regs;		/* as last read; what struct machine_regs does not hold stays */
	struct machine_fpu fpu; /* too large for a stack */
};

struct processor *processor_new(const struct machine_config *config)
{
	struct processor *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	insn_cpu_reset(&p->cpu);
	p->cpu.pm_timer_port = config->pm_timer_port;
	return p;
}

static void regs_out(const struct user_regs_struct *u, struct machine_regs *r)
{
	*r = (struct machine_regs){
		.rax = u->rax,
		.rbx = u->rbx,
		.rcx = u->rcx,
		.rdx = u->rdx,
		.rsi = u->rsi,
		.rdi = u->rdi,
		.rbp = u->rbp,
		.rsp = u->rsp,
		.r8 = u->r8,
		.r9 = u->r9,
		.r10 = u->r10,
		.r11 = u->r11,
		.r12 = u->r12,
		.r13 = u->r13,
		.r14 = u->r14,
		.r15 = u->r15,
		.rip = u->rip,
		.rflags = u->eflags,
	};
}

static void regs_in(const struct machine_regs *r, struct user_regs_struct *u)
{
	u->rax = r->rax;
	u->rbx = r->rbx;
	u->rcx = r->rcx;
	u->rdx = r->rdx;
	u->rsi = r->rsi;
	u->rdi = r->rdi;
	u->rbp = r->rbp;
	u->rsp = r->rsp;
	u->r8 = r->r8;
	u->r9 = r->r9;
	u->r10 = r->r10;
	u->r11 = r->r11;
	u->r12 = r->r12;
	u->r13 = r->r13;
	u->r14 = r->r14;
	u->r15 = r->r15;
	u->rip = r->rip;
	u->eflags = r->rflags;
	u->orig_rax = ~0ULL; /* never inside a call that could be restarted */
}

int processor_load(struct processor *p, pid_t pid, const struct machine_regs *regs)
{
	regs_in(regs, &p->regs);
	return ptrace(PTRACE_SETREGS, pid, 0, &p->regs) < 0 ? -errno : 0;
}

int processor_store(struct processor *p, pid_t pid, struct machine_regs *ret_regs)
{
	if (ptrace(PTRACE_GETREGS, pid, 0, &p->regs) < 0)
		return -errno;
	regs_out(&p->regs, ret_regs);
	return 0;
}

int processor_get_fpu(pid_t pid, struct machine_fpu *ret_fpu, struct why *why)
{
	struct iovec all = { ret_fpu->xsave, sizeof(ret_fpu->xsave) };

	ret_fpu->n_xsave = 0;
	if (ptrace(PTRACE_GETREGSET, pid, NT_X86_XSTATE, &all) == 0)
		ret_fpu->n_xsave = (uint32_t)all.iov_len;
	else if (ptrace(PTRACE_GETFPREGS, pid, 0, ret_fpu->fxsave) < 0)
		return why_errno(why, -errno, "sandbox: reading FPU state");
	return 0;
}

int processor_set_fpu(pid_t pid, const struct machine_fpu *fpu, struct why *why)
{
	struct iovec all = { (void *)fpu->xsave, fpu->n_xsave };
	long r;

	r = fpu->n_xsave ? ptrace(PTRACE_SETREGSET, pid, NT_X86_XSTATE, &all)
			 : ptrace(PTRACE_SETFPREGS, pid, 0, fpu->fxsave);
	return r < 0 ? why_errno(why, -errno, "sandbox: setting FPU state") : 0;
}

/*
 * Not in AVX state, and not in the thread pointer. A processor without XSAVE has nothing
 * beyond FXSAVE's.
 */
int processor_clear(struct processor *p, pid_t pid, struct machine_regs *ret_regs, struct why *why)
{
	struct machine_fpu *fpu = &p->fpu;
	int r;

	if (ptrace(PTRACE_GETREGS, pid, 0, &p->regs) < 0)
		return why_errno(why, -errno, "sandbox: reading registers");
	p->regs.fs_base = p->regs.gs_base = 0;
	/* a guest of Xen's returns from its last system call with Xen's own selectors */
	p->regs.cs = USER_CS;
	p->regs.ss = USER_SS;
	r = processor_get_fpu(pid, fpu, why);
	if (r < 0)
		return r;
	memset(fpu->fxsave, 0, sizeof(fpu->fxsave));
	memcpy(fpu->fxsave, &(uint16_t){ 0x37f }, 2);	    /* FCW */
	memcpy(fpu->fxsave + 24, &(uint32_t){ 0x1f80 }, 4); /* MXCSR */
	memset(fpu->xsave + 512, 0, 8); /* XSTATE_BV: all in its initial state */
	r = processor_set_fpu(pid, fpu, why);
	if (r == 0)
		*ret_regs = (struct machine_regs){ .rflags = 2 };
	return r;
}

/* A C library may have locked the switch too; the lock opens to a tracer (shstk.c of the kernel).
 */
long processor_shadow_stack_off(pid_t pid, uint64_t ret_arg[static 6])
{
	ptrace(PTRACE_ARCH_PRCTL, pid, SHSTK_SHSTK, SHSTK_UNLOCK);
	memset(ret_arg, 0, 6 * sizeof(ret_arg[0]));
	ret_arg[0] = SHSTK_DISABLE;
	ret_arg[1] = SHSTK_SHSTK;
	return SYS_arch_prctl;
}

/* Where user addresses end, with the fewest levels of page tables that there are. */
#define USER_END (UINT64_C(1) << 47)

const char *processor_left_mode(const struct processor *p)
{
	if (p->regs.cs != USER_CS)
		return "leaves 64-bit mode";
	/* WRFSBASE takes it, ptrace(2) would not give it back */
	if (p->regs.fs_base >= USER_END || p->regs.gs_base >= USER_END)
		return "a segment base outside user addresses";
	return NULL;
}

long processor_syscall(const struct processor *p)
{
	return (long)p->regs.orig_rax;
}

/* ACPI 6.5, 4.8.3.3: 24 bits of a clock of 3.579545 MHz */
static uint32_t pm_timer_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint32_t)(((uint64_t)t.tv_sec * 3579545 +
			   (uint64_t)t.tv_nsec * 3579545 / 1000000000) &
			  0xffffff);
}

static bool guest_read(void *context, uint64_t addr, void *buf, size_t n)
{
	return pages_read(context, addr, buf, n);
}

static bool guest_write(void *context, uint64_t addr, const void *buf, size_t n)
{
	return pages_write(context, addr, buf, n);
}

enum processor_answer processor_answer(struct processor *p, const struct pages *pages,
				       const siginfo_t *info, struct machine *m,
				       const char **ret_what)
{
	const struct insn_memory memory = { (void *)pages, guest_read, guest_write };
	enum insn_result result;

	if (info->si_signo != SIGSEGV || info->si_code != SI_KERNEL)
		return PROCESSOR_ELSE;
	p->cpu.pm_timer = pm_timer_now();
	result = insn_answer(&p->cpu, &m->regs, &memory);
	m->interrupts_off = p->cpu.interrupts_off;
	switch (result) {
	case INSN_DONE:
		return PROCESSOR_DONE;
	case INSN_HALT:
		return PROCESSOR_HALT;
	case INSN_OTHER:
		break;
	}
	*ret_what = "a general protection fault (privileged instruction or non-canonical address)";
	return PROCESSOR_REFUSED;
}

/* What we answer stops the process by itself. */
bool processor_looks(const struct processor *p)
{
	return false;
}

void processor_look(struct processor *p, struct machine *m, const struct pages *pages,
		    uint64_t page)
{
}

/* One copy of it all: Intel SDM volume 3, 12.6. */
void processor_code_written(const struct ram *ram, uint64_t addr, uint64_t n_bytes)
{
}

/* Of user addresses, with page tables of four levels. */
uint64_t processor_address_end(void)
{
	return (UINT64_C(1) << 47) - PAGE_BYTES;
}

void processor_stop_self(void)
{
	__asm__ volatile("int3");
}

void processor_fill_page(uint8_t *page)
{
	static_assert(sizeof(call_code) <= PROCESSOR_CALL_BYTES, "its place");
	convention_fill_gates(page, PAGE_BYTES);
	memcpy(page, call_code, sizeof(call_code));
}

int processor_begin_call(pid_t pid, uint64_t code, long number, const uint64_t arg[static 6])
{
	struct user_regs_struct regs;

	if (ptrace(PTRACE_GETREGS, pid, 0, &regs) < 0)
		return -ECHILD;
	regs.rip = code;
	regs.rax = (unsigned long long)number;
	regs.orig_rax = ~0ULL; /* not inside a call: nothing for the kernel to restart */
	regs.rdi = arg[0];
	regs.rsi = arg[1];
	regs.rdx = arg[2];
	regs.r10 = arg[3];
	regs.r8 = arg[4];
	regs.r9 = arg[5];
	return ptrace(PTRACE_SETREGS, pid, 0, &regs) < 0 ? -ECHILD : 0;
}

int processor_end_call(pid_t pid, uint64_t code, int signal, long *ret_result)
{
	struct user_regs_struct regs;

	if (ptrace(PTRACE_GETREGS, pid, 0, &regs) < 0)
		return -ECHILD;
	if (signal != SIGSEGV || regs.rip != code + SYSCALL_BYTES)
		return -EIO;
	*ret_result = (long)regs.rax;
	return 0;
}
