// SPDX-License-Identifier: MIT
/* A gate is a breakpoint; every instruction that wants a privilege is an illegal one. */
#include "machine/process/processor.h"
#include "machine/convention.h"
#include "machine/process/aarch64/insn.h"

#include <asm/ptrace.h>
#include <assert.h>
#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <linux/audit.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef NT_ARM_PAC_ENABLED_KEYS
#define NT_ARM_PAC_ENABLED_KEYS 0x40a
#endif
#ifndef PR_SET_SHADOW_STACK_STATUS
#define PR_SET_SHADOW_STACK_STATUS 75
#endif

static_assert(sizeof(struct machine_regs) == sizeof(struct user_pt_regs), "NT_PRSTATUS");
static_assert(sizeof(struct machine_fpu) == sizeof(struct user_fpsimd_state), "NT_PRFPREG");

enum { FLAGS_SHIFT = 28, FLAGS = 0xf, CALL_NUMBER = 8 };

static const uint32_t call_code[] = { 0xd4000001, 0xd4200000 }; /* svc #0; brk #0 */
enum { INSN_BYTES = 4, MOST_BREAKPOINTS = 16 };

const uint32_t processor_audit_arch = AUDIT_ARCH_AARCH64;
const int processor_gate_signal = SIGTRAP;

struct processor {
	struct insn_cpu cpu;
	struct machine_regs regs; /* as last read */
	bool looks;
	/* Breakpoints of the processor's: the oldest one is given up when there is no other. */
	uint64_t breakpoint[MOST_BREAKPOINTS]; /* 0: none */
	unsigned n_set, next;
};

struct processor *processor_new(const struct machine_config *config)
{
	struct processor *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	insn_cpu_reset(&p->cpu);
	p->cpu.mmfr0 = config->mmfr0;
	p->looks = config->mmfr0;
	return p;
}

/* Of the processor's state only the four flags are the program's, and the kernel takes no others.
 */
static void keep_flags(struct machine_regs *regs)
{
	regs->pstate &= (uint64_t)FLAGS << FLAGS_SHIFT;
}

static int set(pid_t pid, int what, void *p, size_t n)
{
	struct iovec all = { p, n };

	return ptrace(PTRACE_SETREGSET, pid, what, &all) < 0 ? -errno : 0;
}

static int get(pid_t pid, int what, void *p, size_t n)
{
	struct iovec all = { p, n };

	return ptrace(PTRACE_GETREGSET, pid, what, &all) < 0 ? -errno : 0;
}

int processor_load(struct processor *p, pid_t pid, const struct machine_regs *regs)
{
	p->regs = *regs;
	keep_flags(&p->regs);
	return set(pid, NT_PRSTATUS, &p->regs, sizeof(p->regs));
}

int processor_store(struct processor *p, pid_t pid, struct machine_regs *ret_regs)
{
	const int r = get(pid, NT_PRSTATUS, &p->regs, sizeof(p->regs));

	if (r < 0)
		return r;
	keep_flags(&p->regs);
	*ret_regs = p->regs;
	return 0;
}

int processor_get_fpu(pid_t pid, struct machine_fpu *ret_fpu, struct why *why)
{
	const int r = get(pid, NT_PRFPREG, ret_fpu, sizeof(*ret_fpu));

	return r < 0 ? why_errno(why, r, "sandbox: reading FPU state") : 0;
}

int processor_set_fpu(pid_t pid, const struct machine_fpu *fpu, struct why *why)
{
	const int r = set(pid, NT_PRFPREG, (void *)fpu, sizeof(*fpu));

	return r < 0 ? why_errno(why, r, "sandbox: setting FPU state") : 0;
}

/*
 * Return addresses that this process signed are no addresses on a machine without its keys: the
 * image would hang at its first return behind the jump. So nothing is signed from the start.
 */
static int sign_nothing(pid_t pid, struct why *why)
{
	uint64_t keys = 0;
	const int r = set(pid, NT_ARM_PAC_ENABLED_KEYS, &keys, sizeof(keys));

	if (r == 0 || !(getauxval(AT_HWCAP) & HWCAP_PACA))
		return 0;
	return why_errno(why, r, "sandbox: switching off pointer authentication (Linux 5.13)");
}

/* Not in SVE's or SME's state, which goes with the vector registers, and not in the thread's. */
int processor_clear(struct processor *p, pid_t pid, struct machine_regs *ret_regs, struct why *why)
{
	const struct machine_fpu fpu = { .fpsr = 0 };
	uint64_t thread[2] = { 0 };
	int r = processor_set_fpu(pid, &fpu, why);

	if (r == 0)
		r = sign_nothing(pid, why);
	if (r < 0)
		return r;
	r = set(pid, NT_ARM_TLS, thread, sizeof(thread));
	if (r < 0)
		return why_errno(why, r, "sandbox: clearing its thread pointer");
	*ret_regs = (struct machine_regs){ .pstate = 0 };
	return 0;
}

/* Of the guarded control stack; a kernel that does not know it says so, and there is none. */
long processor_shadow_stack_off(pid_t pid, uint64_t ret_arg[static 6])
{
	memset(ret_arg, 0, 6 * sizeof(ret_arg[0]));
	ret_arg[0] = PR_SET_SHADOW_STACK_STATUS;
	return SYS_prctl;
}

const char *processor_left_mode(const struct processor *p)
{
	return NULL;
}

long processor_syscall(const struct processor *p)
{
	return (long)p->regs.x[CALL_NUMBER];
}

static uint64_t counter_now(void)
{
	uint64_t now;

	__asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(now));
	return now;
}

bool processor_looks(const struct processor *p)
{
	return p->looks;
}

static int set_breakpoints(const struct processor *p, pid_t pid)
{
	enum { ENABLED = 1, AT_EL0 = 2 << 1, FOUR_BYTES = 0xf << 5 };
	struct user_hwdebug_state all = { 0 };

	for (unsigned i = 0; i < p->n_set; i++) {
		all.dbg_regs[i].addr = p->breakpoint[i];
		all.dbg_regs[i].ctrl = p->breakpoint[i] ? ENABLED | AT_EL0 | FOUR_BYTES : 0;
	}
	return set(pid, NT_ARM_HW_BREAK, &all,
		   offsetof(struct user_hwdebug_state, dbg_regs) +
			   p->n_set * sizeof(all.dbg_regs[0]));
}

/* Where the kernel does not give it, what was set before stays. */
static int set_breakpoint(struct processor *p, pid_t pid, unsigned i, uint64_t addr)
{
	const uint64_t old = p->breakpoint[i];
	const unsigned n_old = p->n_set;
	int r;

	p->breakpoint[i] = addr;
	if (p->n_set <= i)
		p->n_set = i + 1;
	r = set_breakpoints(p, pid);
	if (r < 0) {
		p->breakpoint[i] = old;
		p->n_set = n_old;
	}
	return r;
}

/* How many there are is seen when there is no other: perf and kgdb may have some. */
static int add_breakpoint(struct processor *p, pid_t pid, uint64_t addr)
{
	int r = -ENOSPC;

	for (unsigned i = 0; i < p->n_set; i++)
		if (p->breakpoint[i] == addr)
			return 0;
	if (p->n_set < MOST_BREAKPOINTS)
		r = set_breakpoint(p, pid, p->n_set, addr);
	if (r == 0 || !p->n_set)
		return r;
	r = set_breakpoint(p, pid, p->next, addr);
	p->next = (p->next + 1) % p->n_set;
	return r;
}

/* Without a breakpoint the process goes on, and Linux answers. */
static void no_breakpoint(int r, struct why *ret_unseen)
{
	static const char text[] = "may have read ID_AA64MMFR0_EL1 as Linux shows it, without "
				   "pages of 16 or 64 KiB: no hardware breakpoint for bardo to "
				   "answer";

	if (r == -ENOSPC)
		why_set(ret_unseen, 0, "%s (all are taken, by perf or kgdb, or there are none)",
			text);
	else
		why_errno(ret_unseen, r, "%s", text);
}

void processor_look(struct processor *p, struct machine *m, const struct pages *pages,
		    uint64_t page)
{
	const uint8_t *code = pages->ram->host + page;
	uint32_t word;
	int r;

	for (unsigned at = 0; at < PAGE_BYTES; at += INSN_BYTES) {
		memcpy(&word, code + at, sizeof(word));
		r = insn_reads_mmfr0(word) ? add_breakpoint(p, m->pid, page + at) : 0;
		if (r < 0)
			no_breakpoint(r, &m->unseen);
	}
}

/* Something else has been written there since; else it would stop for ever. */
static enum processor_answer give_up_breakpoint(struct processor *p, const struct machine *m)
{
	for (unsigned i = 0; i < p->n_set; i++)
		if (p->breakpoint[i] == m->regs.pc)
			p->breakpoint[i] = 0;
	(void)set_breakpoints(p, m->pid);
	return PROCESSOR_DONE;
}

enum processor_answer processor_answer(struct processor *p, const struct pages *pages,
				       const siginfo_t *info, struct machine *m,
				       const char **ret_what)
{
	const bool at_breakpoint = info->si_signo == SIGTRAP && info->si_code == TRAP_HWBKPT;
	uint32_t word;

	if (info->si_signo != SIGILL && !at_breakpoint)
		return PROCESSOR_ELSE;
	if (!pages_read(pages, m->regs.pc, &word, sizeof(word)))
		return PROCESSOR_ELSE;
	if (at_breakpoint && !insn_reads_mmfr0(word))
		return give_up_breakpoint(p, m);
	p->cpu.counter = counter_now();
	switch (insn_answer(&p->cpu, &m->regs, word)) {
	case INSN_DONE:
		m->interrupts_off = insn_interrupts_off(&p->cpu);
		return PROCESSOR_DONE;
	case INSN_CODE:
		return PROCESSOR_CODE;
	case INSN_OTHER:
		break;
	}
	*ret_what = word ? "an instruction that is not known, or wants a privilege"
			 : "executes memory that is all zeros";
	return PROCESSOR_REFUSED;
}

/*
 * By our addresses, which does for caches of instructions that go by physical ones. Not where
 * nothing was written: looking there would make pages.
 */
void processor_code_written(const struct ram *ram, uint64_t addr, uint64_t n_bytes)
{
	const off_t end = (off_t)(addr + n_bytes);
	off_t from = (off_t)addr, to;

	while ((from = lseek(ram->fd, from, SEEK_DATA)) >= 0 && from < end) {
		to = lseek(ram->fd, from, SEEK_HOLE);
		if (to < 0 || to > end)
			to = end;
		__builtin___clear_cache((char *)ram->host + from, (char *)ram->host + to);
		from = to;
	}
}

/* Beyond the end nothing can be mapped; short of it somebody has something, or nobody. */
static bool can_be_mapped(uint64_t page)
{
	const void *p = mmap((void *)page, PAGE_BYTES, PROT_NONE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	if (p == MAP_FAILED)
		return errno == EEXIST;
	munmap((void *)p, PAGE_BYTES);
	return p == (void *)page;
}

/* The kernel's configuration says how long a user's address is: 39 to 52 bits. */
uint64_t processor_address_end(void)
{
	static const unsigned bits[] = { 52, 48, 47, 42, 39 };

	for (unsigned i = 0; i < ARRAY_SIZE(bits); i++)
		if (can_be_mapped((UINT64_C(1) << bits[i]) - PAGE_BYTES))
			return UINT64_C(1) << bits[i];
	return UINT64_C(1) << 36;
}

void processor_stop_self(void)
{
	__asm__ volatile("brk #0");
}

void processor_fill_page(uint8_t *page)
{
	static_assert(sizeof(call_code) <= PROCESSOR_CALL_BYTES, "its place");
	convention_fill_gates(page, PAGE_BYTES);
	memcpy(page, call_code, sizeof(call_code));
	__builtin___clear_cache((char *)page, (char *)page + PAGE_BYTES);
}

int processor_begin_call(pid_t pid, uint64_t code, long number, const uint64_t arg[static 6])
{
	struct machine_regs regs = { .pc = code };

	memcpy(regs.x, arg, 6 * sizeof(arg[0]));
	regs.x[CALL_NUMBER] = (uint64_t)number;
	return set(pid, NT_PRSTATUS, &regs, sizeof(regs)) < 0 ? -ECHILD : 0;
}

int processor_end_call(pid_t pid, uint64_t code, int signal, long *ret_result)
{
	struct machine_regs regs = { .pc = 0 };

	if (get(pid, NT_PRSTATUS, &regs, sizeof(regs)) < 0)
		return -ECHILD;
	if (signal != SIGTRAP || regs.pc != code + INSN_BYTES)
		return -EIO;
	*ret_result = (long)regs.x[0];
	return 0;
}
