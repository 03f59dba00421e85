// SPDX-License-Identifier: MIT
/* Small pieces of machine code, run in the sandbox; what comes out is the contract. */
#include "machine/convention.h"
#include "machine/machine.h"
#include "tap.h"
#include "unit/locked.h"
#include "unit/sandboxed.h"
#include "unit_machine.h"

#include <errno.h>
#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>
#include <time.h>

enum {
	GATES = 0x100000,
	PRIVATE = 0x101000,
	CODE = 0x102000, /* and two more */
	DATA = 0x105000,
	STACK = 0x107000,
	HIGH = 0x140000000,
};

/* As an assembler writes them. The argument is in x0, the first gate in x1. */
enum {
	TO_GATE = 0xd61f0020,	    /* br x1 */
	CALL_ARGUMENT = 0xd63f0000, /* blr x0 */
	JUMP_ARGUMENT = 0xd61f0000, /* br x0 */
	LOAD = 0x39400002,	    /* ldrb w2, [x0] */
	STORE = 0xf9000001,	    /* str x1, [x0] */
	CALL = 0xd4000001,	    /* svc #0 */
	BREAK = 0xd4200000,	    /* brk #0 */
	BACK = 0x17ffffff,	    /* b .-4 */
	ROUND = 0x14000000,	    /* b . */
};

static const struct ram_range ranges[] = { { 0x100000, 0x200000 }, { HIGH, HIGH + 0x10000 } };
static struct ram ram;
static struct machine *m;
static struct why why;
static bool lock;
static uint64_t mmfr0;

static void open_machine(unsigned cpu_seconds)
{
	const struct machine_config config = {
		.ram = &ram,
		.gates = GATES,
		.gates_bytes = PAGE_BYTES,
		.private_page = PRIVATE,
		.mmfr0 = mmfr0,
		.cpu_seconds = cpu_seconds,
	};

	require(ram_open(ranges, ARRAY_SIZE(ranges), &ram, &why) == 0);
	if (lock)
		ram_lock(&ram);
	convention_fill_gates(ram.host + GATES, PAGE_BYTES);
	if (!check_msg(machine_process.open(&config, &m, &why) == 0, "open: %s", why.text))
		exit(1);
	require(m->ops->protect(m, GATES, PAGE_BYTES, MACHINE_READ | MACHINE_EXEC, &why) == 0);
	require(m->ops->protect(m, CODE, 3 * PAGE_BYTES, MACHINE_READ | MACHINE_EXEC, &why) == 0);
	require(m->ops->protect(m, DATA, 2 * PAGE_BYTES, MACHINE_READ | MACHINE_WRITE, &why) == 0);
}

static void close_machine(void)
{
	m->ops->close(m);
	ram_close(&ram);
}

static void put_code(uint64_t at, const uint32_t *code, size_t n_bytes)
{
	memcpy(ram.host + at, code, n_bytes);
	__builtin___clear_cache((char *)ram.host + at, (char *)ram.host + at + n_bytes);
}

/* Run code from its first word with the given argument; TICKs are gone past. */
static struct machine_exit run(const uint32_t *code, size_t n_bytes, uint64_t argument)
{
	struct machine_exit exit = { 0 };

	put_code(CODE, code, n_bytes);
	m->regs = unit_regs(CODE, STACK, argument);
	m->regs.x[1] = GATES;
	do
		require(m->ops->run(m, &exit, &why) == 0);
	while (exit.kind == MACHINE_TICK);
	printf("# exit %d addr %#jx pc %#jx: %s\n", exit.kind, (uintmax_t)exit.addr,
	       (uintmax_t)m->regs.pc, exit.why.text);
	return exit;
}

#define RUN(argument, ...)                                                                         \
	run((uint32_t[]){ __VA_ARGS__ }, sizeof((uint32_t[]){ __VA_ARGS__ }), argument)

static bool says(const struct machine_exit *exit, const char *text)
{
	return strstr(exit->why.text, text) != NULL;
}

/* It came to its end, which is a jump to the first gate. */
static bool ended(const struct machine_exit *exit)
{
	return exit->kind == MACHINE_GATE && exit->addr == GATES;
}

static void test_gate(void)
{
	struct machine_exit e = RUN(GATES + 16, CALL_ARGUMENT, TO_GATE);

	check(e.kind == MACHINE_GATE && e.addr == GATES + 16 && m->regs.x[30] == CODE + 4);
	/* and on, as a service returns */
	m->regs.pc = m->regs.x[30];
	m->regs.x[0] = 42;
	do
		require(m->ops->run(m, &e, &why) == 0);
	while (e.kind == MACHINE_TICK);
	check(ended(&e) && m->regs.x[0] == 42);
}

static void test_memory(void)
{
	struct machine_exit e;
	uint64_t v;

	e = RUN(DATA, STORE, TO_GATE);
	memcpy(&v, ram.host + DATA, sizeof(v));
	check(ended(&e) && v == GATES);
	e = RUN(CODE + 64, STORE, TO_GATE); /* read-only */
	check(e.kind == MACHINE_FAULT && says(&e, "permissions") && e.addr == CODE + 64);
	put_code(DATA, (uint32_t[]){ TO_GATE }, 4);
	e = RUN(DATA, JUMP_ARGUMENT);
	check(e.kind == MACHINE_FAULT && says(&e, "not executable"));
	e = RUN(0x180000, LOAD); /* RAM that was not given */
	check(e.kind == MACHINE_FAULT && says(&e, "permissions"));
	e = RUN(0x300000, LOAD); /* no RAM */
	check(e.kind == MACHINE_FAULT && says(&e, "outside RAM"));
	e = RUN(0xffc, LOAD); /* what firmware may leave mapped */
	check(e.kind == MACHINE_FAULT && says(&e, "touches page 0") && e.addr == 0xffc);
	e = RUN(0xffc, JUMP_ARGUMENT);
	check(e.kind == MACHINE_FAULT && says(&e, "touches page 0"));
	e = RUN(0x1000, LOAD);
	check(e.kind == MACHINE_FAULT && says(&e, "outside RAM"));
	e = RUN(0xfffffffff000, LOAD); /* where a process has its stack */
	check(e.kind == MACHINE_FAULT && says(&e, "outside RAM"));
	e = RUN(0xffff800010000000, LOAD); /* the kernel's half */
	check(e.kind == MACHINE_FAULT && says(&e, "outside RAM"));
	e = RUN(HIGH, LOAD);
	check(e.kind == MACHINE_FAULT);
	check(m->ops->protect(m, HIGH, PAGE_BYTES, MACHINE_READ, &why) == 0);
	e = RUN(HIGH, LOAD, TO_GATE);
	check(ended(&e));
	e = RUN(CODE + 2, JUMP_ARGUMENT); /* between two instructions */
	check(e.kind == MACHINE_FAULT);
}

static void test_system_calls(void)
{
	struct machine_exit e;

	e = RUN(0, 0xd2801588, CALL); /* mov x8, #172: getpid */
	check(e.kind == MACHINE_SYSCALL && says(&e, "system call 172"));
	e = RUN(0, 0xd2801c48, CALL); /* mov x8, #226: mprotect, the one the filter asks about */
	check(e.kind == MACHINE_SYSCALL && says(&e, "system call 226"));
	/* through the instruction pair that the backend itself uses */
	e = RUN(PRIVATE, 0xd2801c48, JUMP_ARGUMENT);
	check(e.kind == MACHINE_SYSCALL);
}

static void test_privileged(void)
{
	struct machine_exit e;

	e = RUN(0, 0xd5384240, TO_GATE); /* mrs x0, CurrentEL */
	check(ended(&e) && m->regs.x[0] == 4);
	e = RUN(0, 0xd5390020, TO_GATE); /* mrs x0, clidr_el1 */
	check(ended(&e) && m->regs.x[0] != 0);
	e = RUN(0, 0xd53be020, TO_GATE); /* mrs x0, cntpct_el0 */
	check(ended(&e) && m->regs.x[0] != 0);
	e = RUN(0, 0xd5181000, 0xd508711f, 0xd508751f, TO_GATE); /* msr sctlr_el1, x0; ic iall* */
	check(ended(&e));
	e = RUN(0, 0xd50342df, TO_GATE); /* msr daifset, #2 */
	check(ended(&e) && m->interrupts_off);
	e = RUN(0, 0xd50342ff, TO_GATE); /* msr daifclr, #2 */
	check(ended(&e) && !m->interrupts_off);
	e = RUN(0x84000008, 0xd4000002, TO_GATE); /* hvc #0: PSCI's SYSTEM_OFF */
	check(ended(&e) && m->regs.x[0] == ~UINT64_C(0));
	e = RUN(0, 0xd53c1100, TO_GATE); /* mrs x0, hcr_el2 */
	check(e.kind == MACHINE_FAULT && says(&e, "wants a privilege"));
	e = RUN(0, 1); /* udf #1 */
	check(e.kind == MACHINE_FAULT && says(&e, "not known"));
	e = RUN(0, 0);
	check(e.kind == MACHINE_FAULT && says(&e, "all zeros"));
	e = RUN(0, BREAK);
	check(e.kind == MACHINE_FAULT);
	e = RUN(0, 0xd4400000); /* hlt #0 */
	check(e.kind == MACHINE_FAULT);
}

/* Of what Linux gives a program, nothing is left: no thread pointer, no signed address. */
static void test_nothing_left(void)
{
	struct machine_exit e;

	e = RUN(0, 0xd53bd040, TO_GATE); /* mrs x0, tpidr_el0 */
	check(ended(&e) && m->regs.x[0] == 0);
	e = RUN(0, 0xaa1e03e0, 0xd503233f, 0xca1e0000,
		TO_GATE); /* mov x0, x30; paciasp; eor x0, x0, x30 */
	check(ended(&e) && m->regs.x[0] == 0);
	e = RUN(0, 0x4e083c00, TO_GATE); /* mov x0, v0.d[0] */
	check(ended(&e) && m->regs.x[0] == 0);
}

/*
 * The second wall, which the guest never reaches: were its system calls let through, the
 * filter would still kill it. This ends the machine.
 */
static void test_filter(void)
{
	const pid_t pid = child_pid();
	int status = 0;

	put_code(CODE, (uint32_t[]){ CALL, TO_GATE }, 8);
	require(unit_trace_call(pid, CODE, 172));
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
	e = RUN(0, TO_GATE);
	kills = false;
	check(e.kind == MACHINE_FAULT && says(&e, "killed by signal 9"));
	close_machine();
	open_machine(0);
	e = RUN(0, TO_GATE);
	kill(m->pid, SIGKILL);
	check(ended(&e));
	check_msg(m->ops->get_fpu(m, &fpu, &why) < 0 && strstr(why.text, "was killed"), "%s",
		  why.text);
	check_msg(m->ops->protect(m, DATA, PAGE_BYTES, MACHINE_READ, &why) < 0 &&
			  strstr(why.text, "was killed"),
		  "%s", why.text);
	e = RUN(0, TO_GATE);
	check(e.kind == MACHINE_FAULT && says(&e, "killed by signal 9"));
	close_machine();
}

static void test_clock(void)
{
	struct machine_exit e;

	put_code(CODE, (uint32_t[]){ ROUND }, 4);
	m->regs = unit_regs(CODE, STACK, 0);
	check(m->ops->run(m, &e, &why) == 0 && e.kind == MACHINE_TICK);
	e = RUN(0, ROUND);
	check(e.kind == MACHINE_LIMIT && says(&e, "1 s of processor time"));
}

static void time_gates(void)
{
	enum { N = 2000 };
	struct timespec a, b;
	struct machine_exit e;
	double us;

	put_code(CODE, (uint32_t[]){ CALL_ARGUMENT, BACK }, 8);
	m->regs = unit_regs(CODE, STACK, GATES);
	clock_gettime(CLOCK_MONOTONIC, &a);
	for (int i = 0; i < N; i++) {
		if (m->ops->run(m, &e, &why) < 0)
			break;
		if (e.kind == MACHINE_GATE)
			m->regs.pc = CODE + 4;
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

/*
 * Somebody else has all breakpoints of the process that are left: as if each processor had lost
 * them. How many, or a negative errno: this user may have none.
 */
static int take_breakpoints(int fd[static 16])
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_BREAKPOINT,
		.size = sizeof(attr),
		.bp_type = HW_BREAKPOINT_X,
		.bp_addr = HIGH, /* nothing is executed there */
		.bp_len = HW_BREAKPOINT_LEN_4,
		.exclude_kernel = 1,
		.exclude_hv = 1,
	};
	int n = 0;

	while (n < 16 && (fd[n] = (int)syscall(SYS_perf_event_open, &attr, m->pid, -1, -1, 0)) >= 0)
		n++;
	return n || errno == ENOSPC ? n : -errno;
}

/* mrs x0, id_aa64mmfr0_el1, in a page that is looked at then. */
static uint64_t reads(uint64_t at)
{
	struct machine_exit e;

	put_code(at, (uint32_t[]){ 0xd5380700, TO_GATE }, 8);
	e = RUN(at, JUMP_ARGUMENT);
	check(ended(&e));
	return m->regs.x[0];
}

/* What Linux does not show a process, the machine does, as long as there is a breakpoint. */
static void test_hidden_register(void)
{
	enum { FIRST = CODE + 64, SECOND = CODE + PAGE_BYTES, THIRD = CODE + 2 * PAGE_BYTES };
	int fd[16], n;

	mmfr0 = 0x123456789;
	open_machine(0);
	n = take_breakpoints(fd);
	if (n <= 0) {
		skip(n ? "perf_event_open(2) is not for this user" : "no hardware breakpoint");
	} else {
		check(reads(FIRST) != mmfr0);
		check_msg(strstr(m->unseen.text, "all are taken") != NULL, "%s", m->unseen.text);
		close(fd[--n]);
	}
	/* with one, each page has it in turn */
	check(reads(SECOND) == mmfr0);
	check(reads(THIRD) == mmfr0);
	while (n > 0)
		close(fd[--n]);
	close_machine();
	open_machine(0);
	check(reads(FIRST) == mmfr0 && reads(SECOND) == mmfr0 && !m->unseen.text[0]);
	close_machine();
	mmfr0 = 0;
}

int main(void)
{
	open_machine(0);
	test_nothing_else_mapped();
	test_privileges();
	test_nothing_left();
	test_gate();
	test_memory();
	test_system_calls();
	test_privileged();
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
	test_hidden_register();
	return tap_done();
}
