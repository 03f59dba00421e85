// SPDX-License-Identifier: MIT
/* Small pieces of machine code, run in the sandbox; what comes out is the contract. */
#include "machine/machine.h"
#include "tap.h"
#include "unit/locked.h"
#include "unit/sandboxed.h"

#include <cpuid.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	GATES = 0x100000,
	PRIVATE = 0x101000,
	CODE = 0x102000,
	DATA = 0x103000,
	STACK = 0x105000,
	HIGH = 0x140000000,
};

static const struct ram_range ranges[] = { { 0x100000, 0x200000 }, { HIGH, HIGH + 0x10000 } };
static struct ram ram;
static struct machine *m;
static struct why why;
static bool lock;

static void open_machine(unsigned cpu_seconds)
{
	const struct machine_config config = {
		.ram = &ram,
		.gates = GATES,
		.gates_bytes = PAGE_BYTES,
		.private_page = PRIVATE,
		.cpu_seconds = cpu_seconds,
	};

	require(ram_open(ranges, ARRAY_SIZE(ranges), &ram, &why) == 0);
	if (lock)
		ram_lock(&ram);
	memset(ram.host + GATES, 0xf4, PAGE_BYTES);
	if (!check_msg(machine_process.open(&config, &m, &why) == 0, "open: %s", why.text))
		exit(1);
	require(m->ops->protect(m, GATES, PAGE_BYTES, MACHINE_READ | MACHINE_EXEC, &why) == 0);
	require(m->ops->protect(m, CODE, PAGE_BYTES, MACHINE_READ | MACHINE_EXEC, &why) == 0);
	require(m->ops->protect(m, DATA, 2 * PAGE_BYTES, MACHINE_READ | MACHINE_WRITE, &why) == 0);
}

static void close_machine(void)
{
	m->ops->close(m);
	ram_close(&ram);
}

/* Run code from its first byte with the given rdi; TICKs are gone past. */
static struct machine_exit run(const void *code, size_t n, uint64_t rdi)
{
	struct machine_exit exit = { 0 };

	memcpy(ram.host + CODE, code, n);
	m->regs = (struct machine_regs){ .rip = CODE, .rsp = STACK, .rdi = rdi, .rflags = 2 };
	do
		require(m->ops->run(m, &exit, &why) == 0);
	while (exit.kind == MACHINE_TICK);
	printf("# exit %d addr %#jx rip %#jx: %s\n", exit.kind, (uintmax_t)exit.addr,
	       (uintmax_t)m->regs.rip, exit.why.text);
	return exit;
}

#define RUN(rdi, ...) run((uint8_t[]){ __VA_ARGS__ }, sizeof((uint8_t[]){ __VA_ARGS__ }), rdi)

static bool says(const struct machine_exit *exit, const char *text)
{
	return strstr(exit->why.text, text) != NULL;
}

static void test_gate(void)
{
	/* mov $0x100010, %eax; call *%rax */
	struct machine_exit e = RUN(0, 0xb8, 0x10, 0x00, 0x10, 0x00, 0xff, 0xd0);
	uint64_t back;

	check(e.kind == MACHINE_GATE && e.addr == GATES + 0x10);
	memcpy(&back, ram.host + m->regs.rsp, 8);
	check(back == CODE + 7);
	/* and on, as a service returns */
	memcpy(ram.host + CODE + 7, (uint8_t[]){ 0xf4 }, 1);
	m->regs.rip = back;
	m->regs.rsp += 8;
	m->regs.rax = 42;
	do
		require(m->ops->run(m, &e, &why) == 0);
	while (e.kind == MACHINE_TICK);
	check(e.kind == MACHINE_HALT && m->regs.rip == CODE + 8 && m->regs.rax == 42);
}

/* Intel SDM volume 2, CPUID, leaf 80000001H */
static bool has_nx(void)
{
	unsigned a, b, c, d;

	return __get_cpuid(0x80000001, &a, &b, &c, &d) && d >> 20 & 1;
}

static void test_memory(void)
{
	struct machine_exit e;

	e = RUN(DATA, 0x48, 0xc7, 0x07, 0x78, 0x56, 0x34, 0x12, 0xf4); /* movq $0x12345678,(%rdi) */
	check(e.kind == MACHINE_HALT && memcmp(ram.host + DATA, "\x78\x56\x34\x12", 4) == 0);
	e = RUN(CODE + 64, 0xc6, 0x07, 0x00); /* movb $0,(%rdi): read-only */
	check(e.kind == MACHINE_FAULT && says(&e, "permissions") && e.addr == CODE + 64);
	memset(ram.host + DATA, 0xf4, 1);
	e = RUN(DATA, 0xff, 0xe7); /* jmp *%rdi: not executable, where the processor has NX */
	check(has_nx() ? e.kind == MACHINE_FAULT && says(&e, "not executable")
		       : e.kind == MACHINE_HALT);
	e = RUN(0x180000, 0x8a, 0x07); /* RAM that was not given */
	check(e.kind == MACHINE_FAULT && says(&e, "permissions"));
	e = RUN(0x300000, 0x8a, 0x07); /* no RAM */
	check(e.kind == MACHINE_FAULT && says(&e, "outside RAM"));
	e = RUN(0xfff, 0x8a, 0x07); /* what firmware may leave mapped */
	check(e.kind == MACHINE_FAULT && says(&e, "touches page 0") && e.addr == 0xfff);
	e = RUN(0xfff, 0xff, 0xe7);
	check(e.kind == MACHINE_FAULT && says(&e, "touches page 0"));
	e = RUN(0x1000, 0x8a, 0x07);
	check(e.kind == MACHINE_FAULT && says(&e, "outside RAM"));
	e = RUN(0x7fffffffe000, 0x8a, 0x07); /* where a process has its stack */
	check(e.kind == MACHINE_FAULT && says(&e, "outside RAM"));
	e = RUN(0x8000000000000000, 0x8a, 0x07);
	check(e.kind == MACHINE_FAULT && says(&e, "general protection"));
	e = RUN(HIGH, 0x8a, 0x07);
	check(e.kind == MACHINE_FAULT);
	check(m->ops->protect(m, HIGH, PAGE_BYTES, MACHINE_READ, &why) == 0);
	e = RUN(HIGH, 0x8a, 0x07, 0xf4);
	check(e.kind == MACHINE_HALT);
}

static void test_system_calls(void)
{
	struct machine_exit e;

	e = RUN(0, 0xb8, 39, 0, 0, 0, 0x0f, 0x05); /* getpid */
	check(e.kind == MACHINE_SYSCALL && says(&e, "system call 39"));
	e = RUN(0, 0xb8, 10, 0, 0, 0, 0x0f, 0x05); /* mprotect, the one the filter asks about */
	check(e.kind == MACHINE_SYSCALL && says(&e, "system call 10"));
	e = RUN(0, 0xb8, 20, 0, 0, 0, 0xcd, 0x80); /* int $0x80 */
	check(e.kind == MACHINE_SYSCALL || e.kind == MACHINE_FAULT);
	/* through the instruction pair that the backend itself uses */
	e = RUN(PRIVATE, 0xb8, 10, 0, 0, 0, 0xff, 0xe7);
	check(e.kind == MACHINE_SYSCALL);
}

/*
 * A system call of 32-bit code ends where the vDSO has the way back, and when its sixth argument
 * cannot be read, without a stop: the image goes on at the lower half of that address, and sees it.
 */
static void test_vdso_address(void)
{
	enum { VDSO_PLACE = 0x480000000000 };
	static const uint8_t intel[] = { 0x31, 0xed, 0x0f, 0x34 }; /* xor %ebp,%ebp; sysenter */
	/* AMD has syscall there. push $0x23; push $CODE+10; lretq; xor %ebp,%ebp; syscall */
	static const uint8_t amd[] = { 0x6a, 0x23, 0x68, 0x0a, 0x20, 0x10, 0x00,
				       0x48, 0xcb, 0x90, 0x31, 0xed, 0x0f, 0x05 };
	const uint64_t vdso = getauxval(AT_SYSINFO_EHDR);

	for (unsigned i = 0; i < 2; i++) {
		struct machine_exit e = i ? run(amd, sizeof(amd), 0) : run(intel, sizeof(intel), 0);
		const uint64_t at = m->regs.rip;

		check(e.kind == MACHINE_FAULT);
		/*
		 * Whether the upper half is still there when it faults is the processor's and the
		 * kernel's; where they know no such call, it faults in the code itself.
		 */
		check_msg(at - VDSO_PLACE < 2 * PAGE_BYTES || at < 2 * PAGE_BYTES ||
				  at - CODE < PAGE_BYTES,
			  "a way back that says nothing: %#jx, our vDSO is at %#jx", (uintmax_t)at,
			  (uintmax_t)vdso);
	}
}

static void test_privileged(void)
{
	struct machine_exit e;

	e = RUN(0, 0x0f, 0x20, 0xc0, 0xf4); /* mov %cr0, %rax */
	check(e.kind == MACHINE_HALT && m->regs.rax == 0x80010033);
	e = RUN(0, 0x66, 0xba, 0x40, 0x00, 0xec, 0xf4); /* mov $0x40,%dx; in %dx,%al */
	check(e.kind == MACHINE_HALT && m->regs.rax == 0xff);
	e = RUN(0, 0xb9, 0x31, 0x01, 0x01, 0xc0, 0x0f, 0x32, 0xf4); /* rdmsr 0xc0010131 */
	check(e.kind == MACHINE_HALT && m->regs.rax == 0 && m->regs.rdx == 0);
	e = RUN(0, 0xfa, 0xfb, 0x0f, 0x06, 0x0f, 0x09, 0xf4); /* cli sti clts wbinvd */
	check(e.kind == MACHINE_HALT && m->regs.rip == CODE + 7);
	e = RUN(0, 0x0f, 0x0b); /* ud2 */
	check(e.kind == MACHINE_FAULT && says(&e, "invalid instruction"));
	e = RUN(0, 0xcc);
	check(e.kind == MACHINE_FAULT && says(&e, "debug"));
	e = RUN(0, 0x6a, 0x23, 0x68, 0x10, 0x20, 0x10, 0x00, 0x48, 0xcb); /* lretq to 32 bit */
	check(e.kind == MACHINE_FAULT);
}

/*
 * The second wall, which the guest never reaches: were its system calls let through, the
 * filter would still kill it. This ends the machine.
 */
static void test_filter(void)
{
	static const uint8_t code[] = { 0xb8, 39, 0, 0, 0, 0x0f, 0x05, 0xf4 }; /* getpid; hlt */
	const pid_t pid = child_pid();
	struct user_regs_struct regs;
	int status = 0;

	memcpy(ram.host + CODE, code, sizeof(code));
	require(ptrace(PTRACE_GETREGS, pid, 0, &regs) == 0);
	regs.rip = CODE;
	regs.orig_rax = ~0ULL;
	require(ptrace(PTRACE_SETREGS, pid, 0, &regs) == 0);
	do { /* the clock's */
		require(ptrace(PTRACE_CONT, pid, 0, 0) == 0);
		require(waitpid(pid, &status, __WALL) == pid);
	} while (WIFSTOPPED(status) && WSTOPSIG(status) == SIGALRM);
	check_msg(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS,
		  "a system call that is carried out kills it (%#x)", (unsigned)status);
}

/* The kernel takes memory back like that. Each ends the machine. */
static void test_killed(void)
{
	struct machine_fpu fpu;
	struct machine_exit e;

	open_machine(0);
	kills = true;
	e = RUN(0, 0xf4);
	kills = false;
	check(e.kind == MACHINE_FAULT && says(&e, "killed by signal 9"));
	close_machine();
	open_machine(0);
	e = RUN(0, 0xf4);
	kill(m->pid, SIGKILL);
	check(e.kind == MACHINE_HALT);
	check_msg(m->ops->get_fpu(m, &fpu, &why) < 0 && strstr(why.text, "was killed"), "%s",
		  why.text);
	check_msg(m->ops->protect(m, DATA, PAGE_BYTES, MACHINE_READ, &why) < 0 &&
			  strstr(why.text, "was killed"),
		  "%s", why.text);
	e = RUN(0, 0xf4);
	check(e.kind == MACHINE_FAULT && says(&e, "killed by signal 9"));
	close_machine();
}

static void test_clock(void)
{
	struct machine_exit e;

	memcpy(ram.host + CODE, (uint8_t[]){ 0xeb, 0xfe }, 2); /* for ever */
	m->regs = (struct machine_regs){ .rip = CODE, .rsp = STACK, .rflags = 2 };
	check(m->ops->run(m, &e, &why) == 0 && e.kind == MACHINE_TICK);
	e = RUN(0, 0xeb, 0xfe);
	check(e.kind == MACHINE_LIMIT && says(&e, "1 s of processor time"));
}

static void time_gates(void)
{
	/* 1: call *%rdi; jmp 1b */
	static const uint8_t code[] = { 0xff, 0xd7, 0xeb, 0xfc };
	struct timespec a, b;
	struct machine_exit e;
	enum { N = 20000 };
	double us;

	memcpy(ram.host + CODE, code, sizeof(code));
	m->regs = (struct machine_regs){ .rip = CODE, .rsp = STACK, .rdi = GATES, .rflags = 2 };
	clock_gettime(CLOCK_MONOTONIC, &a);
	for (int i = 0; i < N; i++) {
		if (m->ops->run(m, &e, &why) < 0)
			break;
		if (e.kind == MACHINE_GATE) {
			m->regs.rip = CODE + 2;
			m->regs.rsp += 8;
		}
	}
	clock_gettime(CLOCK_MONOTONIC, &b);
	us = ((double)(b.tv_sec - a.tv_sec) * 1e9 + (double)(b.tv_nsec - a.tv_nsec)) / 1e3 / N;
	printf("# %.2f us a gate\n", us);
}

/* What the guest touches first is seen by it alone: its mapping has to be locked too. */
static void test_locked(void)
{
	lock = true;
	open_machine(0);
	/* but for the page that is ours */
	check(locked_bytes(m->pid) == (ram.locked ? 0xff000 + 0x10000 : 0));
	test_memory();
	close_machine();
	lock = false;
}

int main(void)
{
	open_machine(0);
	test_nothing_else_mapped();
	test_privileges();
	test_gate();
	test_memory();
	test_system_calls();
	test_privileged();
	test_vdso_address();
	time_gates();
	close_machine();
	open_machine(1);
	test_clock();
	close_machine();
	open_machine(0);
	test_filter();
	close_machine();
	test_killed();
	test_locked();
	return tap_done();
}
