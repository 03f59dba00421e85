// SPDX-License-Identifier: MIT
/* Each privileged instruction as a row: its bytes, and what it must leave behind. */
#include "machine/process/x86_64/insn.h"
#include "base/util.h"
#include "tap.h"

#include <string.h>

enum { AT = 0x1000, RAX = 0x1122334455667788, DATA = 0x2000 };

static uint8_t memory[0x3000];

static bool mem_read(void *context, uint64_t addr, void *buf, size_t n)
{
	if (addr > sizeof(memory) || n > sizeof(memory) - addr)
		return false;
	memcpy(buf, memory + addr, n);
	return true;
}

static bool mem_write(void *context, uint64_t addr, const void *buf, size_t n)
{
	if (addr < DATA || addr > sizeof(memory) || n > sizeof(memory) - addr)
		return false;
	memcpy(memory + addr, buf, n);
	return true;
}

static const struct insn_memory access = { NULL, mem_read, mem_write };

static const struct row {
	const char *name;
	uint8_t n; /* length of the instruction */
	uint8_t byte[12];
	enum insn_result result;
	uint64_t rax; /* after */
} rows[] = {
	{ "hlt", 1, { 0xf4 }, INSN_HALT, RAX },
	{ "cli", 1, { 0xfa }, INSN_DONE, RAX },
	{ "sti", 1, { 0xfb }, INSN_DONE, RAX },
	{ "in %dx,%al", 1, { 0xec }, INSN_DONE, RAX | 0xff },
	{ "in %dx,%ax", 2, { 0x66, 0xed }, INSN_DONE, RAX | 0xffff },
	{ "in %dx,%eax", 1, { 0xed }, INSN_DONE, 0xffffffff },
	{ "in $0x40,%al", 2, { 0xe4, 0x40 }, INSN_DONE, RAX | 0xff },
	{ "in $0x40,%eax", 2, { 0xe5, 0x40 }, INSN_DONE, 0xffffffff },
	{ "out %al,$0x80", 2, { 0xe6, 0x80 }, INSN_DONE, RAX },
	{ "out %eax,%dx", 1, { 0xef }, INSN_DONE, RAX },
	{ "mov %cr0,%rax", 3, { 0x0f, 0x20, 0xc0 }, INSN_DONE, 0x80010033 },
	{ "mov %cr3,%rax", 3, { 0x0f, 0x20, 0xd8 }, INSN_DONE, 0 },
	{ "mov %cr4,%rax", 3, { 0x0f, 0x20, 0xe0 }, INSN_DONE, 0x668 },
	{ "mov %cr8,%rax", 4, { 0x44, 0x0f, 0x20, 0xc0 }, INSN_DONE, 0 },
	{ "mov %cr1,%rax", 3, { 0x0f, 0x20, 0xc8 }, INSN_OTHER, RAX },
	{ "mov %dr7,%rax", 3, { 0x0f, 0x21, 0xf8 }, INSN_DONE, 0x400 },
	{ "rdmsr", 2, { 0x0f, 0x32 }, INSN_DONE, 0 },
	{ "wrmsr", 2, { 0x0f, 0x30 }, INSN_DONE, RAX },
	{ "clts", 2, { 0x0f, 0x06 }, INSN_DONE, RAX },
	{ "wbinvd", 2, { 0x0f, 0x09 }, INSN_DONE, RAX },
	{ "wbnoinvd", 3, { 0xf3, 0x0f, 0x09 }, INSN_DONE, RAX },
	{ "lgdt 0x40(%rip)", 7, { 0x0f, 0x01, 0x15, 0x40, 0, 0, 0 }, INSN_DONE, RAX },
	{ "lidt (%rsp)", 4, { 0x0f, 0x01, 0x1c, 0x24 }, INSN_DONE, RAX },
	{ "invlpg 0x1000(%rax,%rbx,4)",
	  8,
	  { 0x0f, 0x01, 0xbc, 0x98, 0, 0x10, 0, 0 },
	  INSN_DONE,
	  RAX },
	{ "smsw %eax", 3, { 0x0f, 0x01, 0xe0 }, INSN_DONE, 0x80010033 },
	{ "sldt %ax", 4, { 0x66, 0x0f, 0x00, 0xc0 }, INSN_DONE, RAX & ~0xffff },
	{ "swapgs", 3, { 0x0f, 0x01, 0xf8 }, INSN_DONE, RAX },
	{ "ltr %ax", 3, { 0x0f, 0x00, 0xd8 }, INSN_DONE, RAX },
	{ "sysretq", 3, { 0x48, 0x0f, 0x07 }, INSN_OTHER, RAX },
	{ "vmcall", 3, { 0x0f, 0x01, 0xc1 }, INSN_OTHER, RAX },
	{ "nop", 1, { 0x90 }, INSN_OTHER, RAX },
};

static struct machine_regs fresh(void)
{
	return (struct machine_regs){
		.rip = AT, .rax = RAX, .rsp = DATA, .rdi = DATA, .rflags = 2
	};
}

static void test_rows(void)
{
	struct machine_regs regs;
	struct insn_cpu cpu;
	uint64_t moved;

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		insn_cpu_reset(&cpu);
		memset(memory, 0x90, sizeof(memory));
		memcpy(memory + AT, rows[i].byte, rows[i].n);
		regs = fresh();
		moved = rows[i].result == INSN_OTHER ? 0 : rows[i].n;
		check_msg(insn_answer(&cpu, &regs, &access) == rows[i].result &&
				  regs.rax == rows[i].rax && regs.rip == AT + moved,
			  "%s: rax %#jx rip +%ju", rows[i].name, (uintmax_t)regs.rax,
			  (uintmax_t)(regs.rip - AT));
	}
}

/* Any bytes at all, also cut off by the end of memory: an answer, and never a wild access. */
static void test_nonsense(void)
{
	struct machine_regs regs;
	struct insn_cpu cpu;
	unsigned n = 0;

	insn_cpu_reset(&cpu);
	for (unsigned a = 0; a < 256; a++) {
		for (unsigned b = 0; b < 256; b++) {
			for (unsigned left = 1; left <= 4; left++) {
				memset(memory + sizeof(memory) - 4, 0x0f, 4);
				memory[sizeof(memory) - left] = (uint8_t)a;
				if (left > 1)
					memory[sizeof(memory) - left + 1] = (uint8_t)b;
				regs = fresh();
				regs.rip = sizeof(memory) - left;
				insn_answer(&cpu, &regs, &access);
				n += regs.rip - (sizeof(memory) - left) <= left;
			}
		}
	}
	check(n == 256 * 256 * 4);
}

static void test_strings(void)
{
	struct machine_regs regs = fresh();
	struct insn_cpu cpu;

	insn_cpu_reset(&cpu);
	memset(memory, 0, sizeof(memory));
	memcpy(memory + AT, (uint8_t[]){ 0xf3, 0x6d }, 2); /* rep insl */
	regs.rcx = 3;
	check(insn_answer(&cpu, &regs, &access) == INSN_DONE && regs.rip == AT + 2);
	check(regs.rcx == 0 && regs.rdi == DATA + 12);
	check(memory[DATA + 11] == 0xff && memory[DATA + 12] == 0);
	/* into a page it may not write: nothing moves, it will fault there */
	regs = fresh();
	regs.rdi = AT;
	regs.rcx = 1;
	check(insn_answer(&cpu, &regs, &access) == INSN_OTHER && regs.rip == AT);
	/* a count without end is left in the middle */
	memory[AT + 1] = 0x6e; /* rep outsb */
	regs = fresh();
	regs.rsi = DATA;
	regs.rcx = UINT64_MAX;
	check(insn_answer(&cpu, &regs, &access) == INSN_DONE && regs.rip == AT);
	check(regs.rcx < UINT64_MAX && regs.rsi > DATA);
}

/* The one port that is there, read as the four bytes that it has. */
static void test_pm_timer(void)
{
	struct machine_regs regs = fresh();
	struct insn_cpu cpu;

	insn_cpu_reset(&cpu);
	cpu.pm_timer_port = 0x608;
	cpu.pm_timer = 0x123456;
	memory[AT] = 0xed;
	regs.rdx = 0xffff0608;
	check(insn_answer(&cpu, &regs, &access) == INSN_DONE && regs.rax == 0x123456);
	regs = fresh();
	regs.rdx = 0x60c;
	check(insn_answer(&cpu, &regs, &access) == INSN_DONE && regs.rax == 0xffffffff);
	regs = fresh();
	regs.rdx = 0x608;
	memory[AT] = 0xec;
	check(insn_answer(&cpu, &regs, &access) == INSN_DONE && (regs.rax & 0xff) == 0xff);
}

int main(void)
{
	test_pm_timer();
	test_rows();
	test_nonsense();
	test_strings();
	return tap_done();
}
