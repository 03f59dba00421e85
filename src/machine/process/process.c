// SPDX-License-Identifier: MIT
/*
 * The machine as a process: guest RAM is all it can see, a system call is a
 * stop and never happens, and every instruction that needs privilege stops it.
 */
#include "machine/machine.h"
#include "machine/process/child.h"
#include "machine/process/insn.h"

#include <assert.h>
#include <elf.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>

static_assert(sizeof(struct user_fpregs_struct) == 512, "FXSAVE64");

enum { USER_CS = 0x33, USER_SS = 0x2b };

struct process {
	struct machine machine;
	struct machine_config config;
	struct insn_cpu cpu;
	struct user_regs_struct
		regs;		/* as last read; what struct machine_regs does not hold stays */
	struct machine_fpu fpu; /* too large for a stack */
	cpu_set_t affinity;	/* ours, from before */
	pid_t pid;
};

static struct process *process_of(struct machine *m)
{
	return (struct process *)m;
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

/*
 * What one of us does, the other waits for: on one processor the switch between
 * us is half the price of waking the other one.
 */
static void share_processor(struct process *p)
{
	cpu_set_t one;
	int cpu = sched_getcpu();

	if (cpu < 0 || cpu >= CPU_SETSIZE ||
	    sched_getaffinity(0, sizeof(p->affinity), &p->affinity) < 0) {
		CPU_ZERO(&p->affinity);
		return;
	}
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	sched_setaffinity(0, sizeof(one), &one);
	sched_setaffinity(p->pid, sizeof(one), &one);
}

static int process_get_fpu(struct machine *m, struct machine_fpu *ret_fpu, struct why *why)
{
	const pid_t pid = process_of(m)->pid;
	struct iovec all = { ret_fpu->xsave, sizeof(ret_fpu->xsave) };

	ret_fpu->n_xsave = 0;
	if (ptrace(PTRACE_GETREGSET, pid, NT_X86_XSTATE, &all) == 0)
		ret_fpu->n_xsave = (uint32_t)all.iov_len;
	else if (ptrace(PTRACE_GETFPREGS, pid, 0, ret_fpu->fxsave) < 0)
		return why_errno(why, -errno, "sandbox: reading FPU state");
	return 0;
}

static int process_set_fpu(struct machine *m, const struct machine_fpu *fpu, struct why *why)
{
	const pid_t pid = process_of(m)->pid;
	struct iovec all = { (void *)fpu->xsave, fpu->n_xsave };
	long r;

	r = fpu->n_xsave ? ptrace(PTRACE_SETREGSET, pid, NT_X86_XSTATE, &all)
			 : ptrace(PTRACE_SETFPREGS, pid, 0, fpu->fxsave);
	return r < 0 ? why_errno(why, -errno, "sandbox: setting FPU state") : 0;
}

/*
 * Nothing of ours stays in a register: not in AVX state, and not in the thread
 * pointer. A processor without XSAVE has nothing beyond FXSAVE's.
 */
static int clear_state(struct process *p, struct why *why)
{
	struct machine_fpu *fpu = &p->fpu;
	int r;

	if (ptrace(PTRACE_GETREGS, p->pid, 0, &p->regs) < 0)
		return why_errno(why, -errno, "sandbox: reading registers");
	p->regs.fs_base = p->regs.gs_base = 0;
	/* a guest of Xen's returns from its last system call with Xen's own selectors */
	p->regs.cs = USER_CS;
	p->regs.ss = USER_SS;
	p->machine.regs = (struct machine_regs){ .rflags = 2 };
	r = process_get_fpu(&p->machine, fpu, why);
	if (r < 0)
		return r;
	memset(fpu->fxsave, 0, sizeof(fpu->fxsave));
	memcpy(fpu->fxsave, &(uint16_t){ 0x37f }, 2);	    /* FCW */
	memcpy(fpu->fxsave + 24, &(uint32_t){ 0x1f80 }, 4); /* MXCSR */
	memset(fpu->xsave + 512, 0, 8); /* XSTATE_BV: all in its initial state */
	return process_set_fpu(&p->machine, fpu, why);
}

static void process_close(struct machine *m)
{
	struct process *p = process_of(m);

	if (!p)
		return;
	kill(p->pid, SIGKILL);
	while (waitpid(p->pid, NULL, __WALL) < 0 && errno == EINTR)
		;
	if (CPU_COUNT(&p->affinity))
		sched_setaffinity(0, sizeof(p->affinity), &p->affinity);
	free(p);
}

static int process_open(const struct machine_config *config, struct machine **ret_machine,
			struct why *why)
{
	struct process *p = calloc(1, sizeof(*p));
	int r;

	if (!p)
		return why_errno(why, -ENOMEM, "sandbox");
	p->machine.ops = &machine_process;
	p->config = *config;
	insn_cpu_reset(&p->cpu);
	p->cpu.pm_timer_port = config->pm_timer_port;
	r = child_start(config, &p->pid, why);
	if (r < 0) {
		free(p);
		return r;
	}
	share_processor(p);
	r = clear_state(p, why);
	if (r < 0) {
		process_close(&p->machine);
		return r;
	}
	*ret_machine = &p->machine;
	return 0;
}

static int process_protect(struct machine *m, uint64_t addr, uint64_t n_bytes, unsigned prot,
			   struct why *why)
{
	struct process *p = process_of(m);
	const uint64_t arg[6] = { addr, n_bytes,
				  (prot & MACHINE_READ ? PROT_READ : 0) |
					  (prot & MACHINE_WRITE ? PROT_WRITE : 0) |
					  (prot & MACHINE_EXEC ? PROT_EXEC : 0) };
	long r = child_call(p->pid, p->config.private_page, SYS_mprotect, arg);

	return r < 0 ? why_errno(why, (int)r, "sandbox: permissions of %#jx", (uintmax_t)addr) : 0;
}

static bool guest_read(void *context, uint64_t addr, void *buf, size_t n)
{
	struct process *p = context;
	struct iovec local = { buf, n }, remote = { (void *)addr, n };

	return process_vm_readv(p->pid, &local, 1, &remote, 1, 0) == (ssize_t)n;
}

static bool guest_write(void *context, uint64_t addr, const void *buf, size_t n)
{
	struct process *p = context;
	struct iovec local = { (void *)buf, n }, remote = { (void *)addr, n };

	return process_vm_writev(p->pid, &local, 1, &remote, 1, 0) == (ssize_t)n;
}

static bool in_gates(const struct process *p, uint64_t addr)
{
	return addr - p->config.gates < p->config.gates_bytes;
}

static int fault(struct machine_exit *exit, uint64_t addr, const char *what, uint64_t rip)
{
	exit->kind = MACHINE_FAULT;
	exit->addr = addr;
	why_set(&exit->why, 0, "%s at %#jx", what, (uintmax_t)rip);
	return 1;
}

/*
 * The kernel does not say whether a fault was a fetch; /proc says whether the
 * instruction's page may be executed. Only asked once an image has failed.
 */
static bool is_executable(const struct process *p, uint64_t addr)
{
	unsigned long start, end;
	char path[32], line[256], x;
	bool found = false;
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%d/maps", p->pid);
	maps = fopen(path, "re");
	while (maps && !found && fgets(line, sizeof(line), maps))
		found = sscanf(line, "%lx-%lx %*c%*c%c", &start, &end, &x) == 3 && addr >= start &&
			addr < end && x == 'x';
	if (maps)
		fclose(maps);
	return found;
}

static const char *access_of(const struct process *p, const siginfo_t *info, uint64_t rip)
{
	if ((uint64_t)info->si_addr == rip && !is_executable(p, rip))
		return "executes memory that is not executable";
	return info->si_code == SEGV_ACCERR ? "accesses memory against its permissions"
					    : "accesses memory outside RAM";
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

/* SIGSEGV: a privileged instruction, or memory it may not touch. */
static int segv(struct process *p, struct machine_exit *exit, struct why *why)
{
	const struct insn_memory memory = { p, guest_read, guest_write };
	struct machine_regs *regs = &p->machine.regs;
	enum insn_result result;
	siginfo_t info;

	if (ptrace(PTRACE_GETSIGINFO, p->pid, 0, &info) < 0)
		return why_errno(why, -errno, "sandbox: reading a fault");
	if (info.si_code == SI_KERNEL) {
		p->cpu.pm_timer = pm_timer_now();
		result = insn_answer(&p->cpu, regs, &memory);
		p->machine.interrupts_off = p->cpu.interrupts_off;
		switch (result) {
		case INSN_DONE:
			return 0;
		case INSN_HALT:
			exit->kind = MACHINE_HALT;
			return 1;
		case INSN_OTHER:
			return fault(exit, 0,
				     "a general protection fault (privileged instruction or "
				     "non-canonical address)",
				     regs->rip);
		}
	}
	exit->kind = MACHINE_FAULT;
	exit->addr = (uint64_t)info.si_addr;
	why_set(&exit->why, 0, "%s: %#jx, by the instruction at %#jx",
		access_of(p, &info, regs->rip), (uintmax_t)info.si_addr, (uintmax_t)regs->rip);
	return 1;
}

static int died(struct machine_exit *exit, int status)
{
	exit->kind = MACHINE_FAULT;
	if (WIFSIGNALED(status))
		why_set(&exit->why, 0, "the sandbox was killed by signal %d (%s)", WTERMSIG(status),
			strsignal(WTERMSIG(status)));
	else
		why_set(&exit->why, 0, "the sandbox ended by itself");
	return 1;
}

/* What a stop means: 1 and an exit, 0 to go on, or a negative errno. */
static int stopped(struct process *p, int status, struct machine_exit *exit, struct why *why)
{
	const uint64_t rip = p->machine.regs.rip;

	switch (WSTOPSIG(status)) {
	case SIGSEGV:
		if (in_gates(p, rip)) {
			exit->kind = MACHINE_GATE;
			exit->addr = rip;
			return 1;
		}
		return segv(p, exit, why);
	case SIGTRAP | 0x80:
		exit->kind = MACHINE_SYSCALL;
		why_set(&exit->why, 0, "asks for host system call %lld, at %#jx",
			(long long)p->regs.orig_rax, (uintmax_t)rip);
		return 1;
	case SIGALRM:
		exit->kind = MACHINE_TICK;
		return 1;
	case SIGXCPU:
		exit->kind = MACHINE_LIMIT;
		why_set(&exit->why, 0, "used up its %u s of processor time", p->config.cpu_seconds);
		return 1;
	case SIGTRAP:
		if (status >> 8 != SIGTRAP) /* the filter's: no call of ours is under way */
			return fault(exit, 0, "asks for a host system call", rip);
		return fault(exit, 0, "a debug exception (int3 or trap flag)", rip);
	case SIGILL:
		return fault(exit, 0, "an invalid instruction", rip);
	case SIGFPE:
		return fault(exit, 0, "an arithmetic exception", rip);
	case SIGBUS:
		return fault(exit, 0, "a bus error (unaligned access with alignment checks on)",
			     rip);
	default:
		return 0; /* somebody's signal to a process that has no signals */
	}
}

static int process_run(struct machine *m, struct machine_exit *ret_exit, struct why *why)
{
	struct process *p = process_of(m);
	int status, r;

	do {
		regs_in(&m->regs, &p->regs);
		if (ptrace(PTRACE_SETREGS, p->pid, 0, &p->regs) < 0 ||
		    ptrace(PTRACE_SYSEMU, p->pid, 0, 0) < 0) {
			if (errno != ESRCH && errno != EIO)
				return why_errno(why, -errno, "sandbox: running");
			if (errno == EIO) /* a value no register may have, such as a wild flag */
				return why_errno(why, -errno, "sandbox: setting registers");
		}
		while ((r = waitpid(p->pid, &status, __WALL)) < 0 && errno == EINTR)
			;
		if (r < 0)
			return why_errno(why, -errno, "sandbox: waiting");
		if (!WIFSTOPPED(status))
			return died(ret_exit, status) < 0;
		if (ptrace(PTRACE_GETREGS, p->pid, 0, &p->regs) < 0)
			return why_errno(why, -errno, "sandbox: reading registers");
		regs_out(&p->regs, &m->regs);
		if (p->regs.cs != USER_CS)
			r = fault(ret_exit, 0, "leaves 64-bit mode", m->regs.rip);
		else
			r = stopped(p, status, ret_exit, why);
	} while (r == 0);
	return r < 0 ? r : 0;
}

const struct machine_ops machine_process = {
	.name = "process",
	.open = process_open,
	.protect = process_protect,
	.run = process_run,
	.get_fpu = process_get_fpu,
	.set_fpu = process_set_fpu,
	.close = process_close,
};
