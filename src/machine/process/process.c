// SPDX-License-Identifier: MIT
/*
 * The machine as a process: guest RAM is all it can see, a system call is a
 * stop and never happens, and every instruction that needs privilege stops it.
 */
#include "machine/machine.h"
#include "machine/process/child.h"
#include "machine/process/pages.h"
#include "machine/process/processor.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

struct process {
	struct machine machine;
	struct machine_config config;
	struct processor *processor;
	cpu_set_t affinity; /* ours, from before */
	/*
	 * The kernel does not say whether a fault was a fetch, and where we run there may be no
	 * /proc to look the page up in.
	 */
	struct pages pages;
};

static struct process *process_of(struct machine *m)
{
	return (struct process *)m;
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
	sched_setaffinity(p->machine.pid, sizeof(one), &one);
}

/* Who has memory to give back may end it at any time. */
static int was_killed(int r, struct why *why)
{
	return why_set(why, r, "the sandbox was killed");
}

static int process_get_fpu(struct machine *m, struct machine_fpu *ret_fpu, struct why *why)
{
	const int r = processor_get_fpu(m->pid, ret_fpu, why);

	return r == -ESRCH ? was_killed(r, why) : r;
}

static int process_set_fpu(struct machine *m, const struct machine_fpu *fpu, struct why *why)
{
	const int r = processor_set_fpu(m->pid, fpu, why);

	return r == -ESRCH ? was_killed(r, why) : r;
}

static void process_free(struct process *p)
{
	pages_close(&p->pages);
	free(p->processor);
	free(p);
}

static void process_close(struct machine *m)
{
	struct process *p = process_of(m);

	if (!p)
		return;
	/* not by its number, which is somebody else's when it has ended already */
	ptrace(PTRACE_KILL, p->machine.pid, 0, 0);
	while (waitpid(p->machine.pid, NULL, __WALL) < 0 && errno == EINTR)
		;
	if (CPU_COUNT(&p->affinity))
		sched_setaffinity(0, sizeof(p->affinity), &p->affinity);
	process_free(p);
}

/* Without a child. */
static struct process *process_new(const struct machine_config *config)
{
	struct process *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->machine.ops = &machine_process;
	p->config = *config;
	p->processor = processor_new(config);
	if (p->processor && pages_open(config->ram, &p->pages))
		return p;
	process_free(p);
	return NULL;
}

static int process_open(const struct machine_config *config, struct machine **ret_machine,
			struct why *why)
{
	struct process *p = process_new(config);
	int r;

	if (!p)
		return why_errno(why, -ENOMEM, "sandbox");
	r = child_start(config, &p->machine.pid, why);
	if (r < 0) {
		process_free(p);
		return r;
	}
	share_processor(p);
	r = processor_clear(p->processor, p->machine.pid, &p->machine.regs, why);
	if (r < 0) {
		process_close(&p->machine);
		return r;
	}
	*ret_machine = &p->machine;
	return 0;
}

/* It does not say which: all that may be executed. */
static void code_written(const struct process *p)
{
	uint64_t end;

	for (uint64_t at = 0; at < p->pages.n; at = end) {
		for (end = at; end < p->pages.n && p->pages.prot[end] & MACHINE_EXEC; end++)
			;
		if (end > at)
			processor_code_written(p->config.ram, at << PAGE_SHIFT,
					       (end - at) << PAGE_SHIFT);
		else
			end++;
	}
}

/* As the process has it, and our list. */
static int set_prot(struct process *p, uint64_t addr, uint64_t n_bytes, unsigned prot,
		    struct why *why)
{
	const bool executes = prot & MACHINE_EXEC && !(prot & PAGES_NOT_LOOKED_AT);
	const uint64_t arg[6] = { addr, n_bytes,
				  (prot & MACHINE_READ ? PROT_READ : 0) |
					  (prot & MACHINE_WRITE ? PROT_WRITE : 0) |
					  (executes ? PROT_EXEC : 0) };
	const long r = child_call(p->machine.pid, p->config.private_page, SYS_mprotect, arg);

	if (r == -ECHILD)
		return was_killed((int)r, why);
	if (r < 0)
		return why_errno(why, (int)r, "sandbox: permissions of %#jx", (uintmax_t)addr);
	pages_protect(&p->pages, addr, n_bytes, prot);
	return 0;
}

static int process_protect(struct machine *m, uint64_t addr, uint64_t n_bytes, unsigned prot,
			   struct why *why)
{
	struct process *p = process_of(m);
	const bool look = prot & MACHINE_EXEC && processor_looks(p->processor);
	const int r = set_prot(p, addr, n_bytes, prot | (look ? PAGES_NOT_LOOKED_AT : 0), why);

	if (r == 0 && prot & MACHINE_EXEC)
		processor_code_written(p->config.ram, addr, n_bytes);
	return r;
}

/*
 * Has it come to a page for the first time? 1: it has, and goes on. Who writes instructions to it
 * later than that has them executed as they are.
 */
static int look_at_code(struct process *p, const siginfo_t *info, uint64_t pc, struct why *why)
{
	const uint64_t page = pc >> PAGE_SHIFT;
	unsigned prot;
	int r;

	if (info->si_signo != SIGSEGV || (uint64_t)info->si_addr != pc || page >= p->pages.n)
		return 0;
	prot = p->pages.prot[page];
	if (!(prot & PAGES_NOT_LOOKED_AT))
		return 0;
	processor_look(p->processor, &p->machine, &p->pages, page << PAGE_SHIFT);
	r = set_prot(p, page << PAGE_SHIFT, PAGE_BYTES, prot & ~(unsigned)PAGES_NOT_LOOKED_AT, why);
	return r < 0 ? r : 1;
}

static bool in_gates(const struct process *p, uint64_t addr)
{
	return addr - p->config.gates < p->config.gates_bytes;
}

static int fault(struct machine_exit *exit, uint64_t addr, const char *what, uint64_t pc)
{
	exit->kind = MACHINE_FAULT;
	exit->addr = addr;
	why_set(&exit->why, 0, "%s at %#jx", what, (uintmax_t)pc);
	return 1;
}

static const char *access_of(const struct process *p, const siginfo_t *info, uint64_t pc)
{
	/* most often a pointer that is NULL, and firmware lets that pass: no process has it */
	if ((uint64_t)info->si_addr < PAGE_BYTES)
		return "touches page 0, which firmware may have and the sandbox has not";
	if ((uint64_t)info->si_addr == pc && !pages_allow(&p->pages, pc, 1, MACHINE_EXEC))
		return "executes memory that is not executable";
	switch (info->si_code) {
	case SEGV_ACCERR:
		return "accesses memory against its permissions";
	case SEGV_PKUERR: /* it has written to PKRU, which takes no privilege */
		return "accesses memory against a protection key of its own";
	default:
		return "accesses memory outside RAM";
	}
}

/* An instruction to be answered, or that there is not, or memory that it may not touch. */
static int faulted(struct process *p, struct machine_exit *exit, struct why *why)
{
	const uint64_t pc = machine_pc(&p->machine.regs);
	const char *what;
	siginfo_t info;
	int r;

	if (ptrace(PTRACE_GETSIGINFO, p->machine.pid, 0, &info) < 0)
		return errno == ESRCH ? 0 : why_errno(why, -errno, "sandbox: reading a fault");
	r = look_at_code(p, &info, pc, why);
	if (r)
		return r < 0 ? r : 0;
	switch (processor_answer(p->processor, &p->pages, &info, &p->machine, &what)) {
	case PROCESSOR_DONE:
		return 0;
	case PROCESSOR_CODE:
		code_written(p);
		return 0;
	case PROCESSOR_HALT:
		exit->kind = MACHINE_HALT;
		return 1;
	case PROCESSOR_REFUSED:
		return fault(exit, 0, what, pc);
	case PROCESSOR_ELSE:
		break;
	}
	if (info.si_signo == SIGILL)
		return fault(exit, 0, "an invalid instruction", pc);
	if (info.si_signo == SIGTRAP)
		return fault(exit, 0, "a debug exception (int3 or trap flag)", pc);
	exit->kind = MACHINE_FAULT;
	exit->addr = (uint64_t)info.si_addr;
	why_set(&exit->why, 0, "%s: %#jx, by the instruction at %#jx", access_of(p, &info, pc),
		(uintmax_t)info.si_addr, (uintmax_t)pc);
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
	const uint64_t pc = machine_pc(&p->machine.regs);

	if (status >> 8 == processor_gate_signal && in_gates(p, pc)) {
		exit->kind = MACHINE_GATE;
		exit->addr = pc;
		return 1;
	}
	switch (WSTOPSIG(status)) {
	case SIGSEGV:
	case SIGILL:
		return faulted(p, exit, why);
	case SIGTRAP | 0x80:
		exit->kind = MACHINE_SYSCALL;
		why_set(&exit->why, 0, "asks for host system call %ld, at %#jx",
			processor_syscall(p->processor), (uintmax_t)pc);
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
			return fault(exit, 0, "asks for a host system call", pc);
		return faulted(p, exit, why);
	case SIGFPE:
		return fault(exit, 0, "an arithmetic exception", pc);
	case SIGBUS:
		return fault(exit, 0, "a bus error (unaligned access with alignment checks on)",
			     pc);
	default:
		return 0; /* somebody's signal to a process that has no signals */
	}
}

static int process_run(struct machine *m, struct machine_exit *ret_exit, struct why *why)
{
	struct process *p = process_of(m);
	const char *what;
	int status, r;

	do {
		r = processor_load(p->processor, p->machine.pid, &m->regs);
		if (r == 0 && ptrace(PTRACE_SYSEMU, p->machine.pid, 0, 0) < 0)
			r = -errno;
		if (r == -EIO) /* a value no register may have, such as a wild flag */
			return why_errno(why, r, "sandbox: setting registers");
		if (r < 0 && r != -ESRCH)
			return why_errno(why, r, "sandbox: running");
		while ((r = waitpid(p->machine.pid, &status, __WALL)) < 0 && errno == EINTR)
			;
		if (r < 0)
			return why_errno(why, -errno, "sandbox: waiting");
		if (!WIFSTOPPED(status))
			return died(ret_exit, status) < 0;
		r = processor_store(p->processor, p->machine.pid, &m->regs);
		if (r == -ESRCH) { /* killed since it stopped: how, the next wait says */
			r = 0;
			continue;
		}
		if (r < 0)
			return why_errno(why, r, "sandbox: reading registers");
		what = processor_left_mode(p->processor);
		r = what ? fault(ret_exit, 0, what, machine_pc(&m->regs))
			 : stopped(p, status, ret_exit, why);
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
