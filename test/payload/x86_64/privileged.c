// SPDX-License-Identifier: MIT
/*
 * Instructions of ring 0 that an EFI program may use, with operands that real
 * hardware takes, too: none of them may end the program.
 */
#include "lib.h"

/* No device answers here, not in QEMU's machines either. */
enum { PORT = 0x2e0 };

static uint64_t read_msr(uint32_t msr)
{
	uint32_t lo, hi;

	__asm__ volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr));
	return (uint64_t)hi << 32 | lo;
}

static void write_msr(uint32_t msr, uint64_t value)
{
	__asm__ volatile("wrmsr" : : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)));
}

static void test_control_registers(void)
{
	uint64_t cr0, cr2, cr3, cr4, cr8;

	__asm__ volatile("mov %%cr0, %0" : "=r"(cr0));
	check_text((cr0 & 1) && (cr0 >> 31 & 1), "cr0: protection and paging on");
	check_text((cr0 & 0xc) == 0, "cr0: EM and TS off, as the kernel's stub looks");
	__asm__ volatile("mov %0, %%cr0" : : "r"(cr0));
	__asm__ volatile("mov %%cr2, %0" : "=r"(cr2));
	__asm__ volatile("mov %%cr3, %0" : "=r"(cr3));
	__asm__ volatile("mov %0, %%cr3" : : "r"(cr3) : "memory");
	__asm__ volatile("mov %%cr4, %%r15\n\tmov %%r15, %0" : "=r"(cr4) : : "r15");
	check_text(cr4 & 1 << 5, "cr4: PAE on");
	__asm__ volatile("mov %0, %%cr4" : : "r"(cr4));
	__asm__ volatile("mov %%cr8, %0" : "=r"(cr8));
	__asm__ volatile("mov %0, %%cr8" : : "r"(cr8));
	__asm__ volatile("clts");
	check_text(true, "cr0, cr2, cr3, cr4, cr8 read and written, clts");
}

static void test_ports(void)
{
	uint8_t b, b2, bytes[4] = { 0 };
	uint16_t w;
	uint32_t d, d2, dwords[3] = { 0 };
	uint64_t rax = 0x1122334455667788, n = 4;
	void *to = bytes;
	const void *from = bytes;

	__asm__ volatile("inb %%dx, %%al" : "+a"(rax) : "d"(PORT));
	check_text(rax == 0x11223344556677ff, "in to al: all ones, the rest of rax kept");
	__asm__ volatile("inw %%dx, %%ax" : "=a"(w) : "d"(PORT));
	__asm__ volatile("inl %%dx, %%eax" : "=a"(d) : "d"(PORT));
	check(w == 0xffff && d == 0xffffffff);
	/* immediate ports: 0xe0-0xef belong to nobody */
	__asm__ volatile("inb $0xe2, %%al" : "=a"(b));
	__asm__ volatile("inl $0xe4, %%eax" : "=a"(d2));
	check(b == 0xff && d2 == 0xffffffff);
	__asm__ volatile("outb %%al, %%dx" : : "a"(0), "d"(PORT));
	__asm__ volatile("outw %%ax, %%dx" : : "a"(0), "d"(PORT));
	__asm__ volatile("outl %%eax, %%dx" : : "a"(0), "d"(PORT));
	__asm__ volatile("outb %%al, $0xe2" : : "a"(0));
	__asm__ volatile("outl %%eax, $0xe4" : : "a"(0));
	__asm__ volatile("inb %%dx, %%al" : "=a"(b2) : "d"(PORT));
	check(b2 == 0xff);
	__asm__ volatile("rep insb" : "+D"(to), "+c"(n) : "d"(PORT) : "memory");
	check(n == 0 && to == bytes + 4);
	check(bytes[0] == 0xff && bytes[3] == 0xff);
	to = dwords;
	n = 2;
	__asm__ volatile("rep insl" : "+D"(to), "+c"(n) : "d"(PORT) : "memory");
	check(dwords[0] == 0xffffffff && dwords[1] == 0xffffffff && dwords[2] == 0 && n == 0);
	n = 3;
	__asm__ volatile("rep outsb" : "+S"(from), "+c"(n) : "d"(PORT) : "memory");
	check(n == 0 && from == bytes + 3);
	n = 0;
	__asm__ volatile("rep insb" : "+D"(to), "+c"(n) : "d"(PORT) : "memory");
	check(n == 0 && to == dwords + 2);
	__asm__ volatile("outsw" : "+S"(from) : "d"(PORT) : "memory");
	check(from == bytes + 5);
}

static void test_msrs(void)
{
	uint64_t efer = read_msr(0xc0000080);

	write_msr(0xc0000080, efer);
	check_text(read_msr(0xc0000080) == efer, "EFER read, written, read");
	check_text(efer == 0 || efer & 0x400, "if EFER says anything, then long mode active");
	read_msr(0x1b);
}

static void test_tables(void)
{
	struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) gdt, idt;
	uint64_t msw = 0;
	uint16_t tr = 1, ldt = 1;

	__asm__ volatile("sgdt %0" : "=m"(gdt));
	__asm__ volatile("sidt %0" : "=m"(idt));
	__asm__ volatile("smsw %0" : "=r"(msw));
	__asm__ volatile("str %0" : "=r"(tr));
	__asm__ volatile("sldt %0" : "=r"(ldt));
	check_text(msw & 1, "smsw: protected mode");
	/* what was just read goes back: right on hardware, and here nobody's business */
	if (!on_bardo() || gdt.limit) {
		__asm__ volatile("lgdt %0" : : "m"(gdt));
		__asm__ volatile("lidt %0" : : "m"(idt));
	}
	check_text(true, "sgdt, sidt, smsw, str, sldt, lgdt, lidt");
}

static void test_rest(void)
{
	uint32_t a = 0, b, c = 0, d;
	uint64_t t, flags, index;
	event_t timer;

	__asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	t = cpu_ticks();
	check(a > 0 && cpu_ticks() >= t);
	__asm__ volatile("cli");
	__asm__ volatile("sti");
	__asm__ volatile("wbinvd");
	__asm__ volatile("invlpg %0" : : "m"(*(char *)&t));
	__asm__ volatile("fninit; fnclex");
	__asm__ volatile("pushfq; pop %0; push %0; popfq" : "=r"(flags) : : "cc");
	check_text(true, "cpuid, rdtsc, cli, sti, wbinvd, invlpg, fninit, pushfq, popfq");
	/* hlt ends with the next interrupt, the firmware's timer at the latest */
	bs->create_event(EVT_TIMER, 0, NULL, NULL, &timer);
	bs->set_timer(timer, TIMER_RELATIVE, 500000);
	for (index = 0; index < 100000 && bs->check_event(timer) == EFI_NOT_READY; index++)
		__asm__ volatile("hlt");
	check_text(index < 100000, "hlt waits, and time goes on");
	bs->close_event(timer);
}

efi_status_t payload(void)
{
	test_control_registers();
	test_ports();
	test_msrs();
	test_tables();
	test_rest();
	return tap_done();
}
