// SPDX-License-Identifier: MIT
#include "machine/process/x86_64/insn.h"
#include "base/util.h"

#include <string.h>

enum {
	INSN_BYTES_MAX = 15,
	STRING_STEPS = 1024, /* of a repeated ins or outs, at one go */
	MSR_EFER = 0xc0000080U,
	SELECTOR_NONE = 0,
};

/* One instruction being taken apart. */
struct insn {
	uint8_t byte[INSN_BYTES_MAX];
	size_t n;  /* bytes that could be fetched */
	size_t at; /* next byte to look at */
	bool operand16, rep;
	uint8_t rex;
	uint8_t modrm;
	uint64_t ea; /* address of the memory operand, when it has one */
};

enum { REX_W = 8, REX_R = 4, REX_X = 2, REX_B = 1 };

void insn_cpu_reset(struct insn_cpu *cpu)
{
	*cpu = (struct insn_cpu){
		.cr0 = 0x80010033, /* PG WP NE ET MP PE; EM and TS clear: the FPU is ours */
		.cr4 = 0x668,	   /* PAE MCE DE OSFXSR OSXMMEXCPT */
		.efer = 0xd00,	   /* NXE LMA LME */
		.dr = { [6] = 0xffff0ff0, [7] = 0x400 },
	};
}

static uint64_t *reg_of(struct machine_regs *r, unsigned number)
{
	uint64_t *const by_number[16] = { &r->rax, &r->rcx, &r->rdx, &r->rbx, &r->rsp, &r->rbp,
					  &r->rsi, &r->rdi, &r->r8,  &r->r9,  &r->r10, &r->r11,
					  &r->r12, &r->r13, &r->r14, &r->r15 };

	return by_number[number];
}

static bool next_byte(struct insn *i, uint8_t *ret)
{
	if (i->at >= i->n)
		return false;
	*ret = i->byte[i->at++];
	return true;
}

/* A fetch near the end of what is mapped gets fewer bytes; those decide then. */
static void fetch(struct insn *i, uint64_t rip, const struct insn_memory *memory)
{
	uint64_t to_page_end = PAGE_BYTES - rip % PAGE_BYTES;

	i->n = sizeof(i->byte);
	if (memory->read(memory->context, rip, i->byte, i->n))
		return;
	i->n = to_page_end < sizeof(i->byte) ? to_page_end : 0;
	if (i->n && !memory->read(memory->context, rip, i->byte, i->n))
		i->n = 0;
}

/* Legacy prefixes, then REX, then the opcode's first byte. */
static bool prefixes(struct insn *i, uint8_t *ret_opcode)
{
	uint8_t b;

	while (next_byte(i, &b)) {
		switch (b) {
		case 0x66:
			i->operand16 = true;
			continue;
		case 0xf2:
		case 0xf3:
			i->rep = true;
			continue;
		case 0x26:
		case 0x2e:
		case 0x36:
		case 0x3e:
		case 0x64:
		case 0x65:
		case 0x67:
			continue;
		default:
			break;
		}
		if ((b & 0xf0) == 0x40) {
			i->rex = b;
			return next_byte(i, ret_opcode);
		}
		*ret_opcode = b;
		return true;
	}
	return false;
}

static bool displacement(struct insn *i, unsigned n_bytes, int64_t *ret)
{
	uint32_t v = 0;
	uint8_t b;

	for (unsigned k = 0; k < n_bytes; k++) {
		if (!next_byte(i, &b))
			return false;
		v |= (uint32_t)b << 8 * k;
	}
	*ret = n_bytes == 1 ? (int8_t)v : (int32_t)v;
	return true;
}

static bool sib_address(struct insn *i, struct machine_regs *regs, unsigned mod, int64_t *ret_base,
			bool *ret_disp32)
{
	unsigned base, index;
	int64_t sum = 0;
	uint8_t sib;

	if (!next_byte(i, &sib))
		return false;
	base = (sib & 7) | (i->rex & REX_B ? 8 : 0);
	index = (sib >> 3 & 7) | (i->rex & REX_X ? 8 : 0);
	*ret_disp32 = (base & 7) == 5 && mod == 0;
	if (!*ret_disp32)
		sum = (int64_t)*reg_of(regs, base);
	if (index != 4)
		sum += (int64_t)(*reg_of(regs, index) << (sib >> 6));
	*ret_base = sum;
	return true;
}

/* ModRM, SIB and displacement; ea is set when the operand is memory. */
static bool modrm(struct insn *i, struct machine_regs *regs)
{
	bool disp32 = false, relative = false;
	int64_t base = 0, disp = 0;
	unsigned mod, rm;

	if (!next_byte(i, &i->modrm))
		return false;
	mod = i->modrm >> 6;
	rm = i->modrm & 7;
	if (mod == 3)
		return true;
	if (rm == 4) {
		if (!sib_address(i, regs, mod, &base, &disp32))
			return false;
	} else if (rm == 5 && mod == 0) {
		disp32 = relative = true;
	} else {
		base = (int64_t)*reg_of(regs, rm | (i->rex & REX_B ? 8 : 0));
	}
	if ((mod == 1 && !displacement(i, 1, &disp)) ||
	    ((mod == 2 || disp32) && !displacement(i, 4, &disp)))
		return false;
	if (relative)
		base = (int64_t)(regs->rip + i->at);
	i->ea = (uint64_t)(base + disp);
	return true;
}

static enum insn_result done(const struct insn *i, struct machine_regs *regs)
{
	regs->rip += i->at;
	return INSN_DONE;
}

/*
 * Nobody answers on the bus, and a bus that nobody drives reads as all ones. The
 * one exception is the clock that the ACPI tables name: GRUB 2.06 compares it with
 * the TSC, and takes minutes of reading ones before it gives up.
 */
static enum insn_result port_in(struct insn *i, const struct insn_cpu *cpu,
				struct machine_regs *regs, uint16_t port, unsigned width)
{
	if (width == 4)
		regs->rax = port && port == cpu->pm_timer_port ? cpu->pm_timer : UINT32_MAX;
	else
		regs->rax |= width == 2 ? 0xffff : 0xff;
	return done(i, regs);
}

/*
 * ins and outs, one element per repeat; the direction flag is honoured. A page that
 * the program may not write ends it: the instruction stays where it is and faults.
 * As on a processor that takes interrupts, a long one is left in the middle with
 * rip still on it, so that no count the program picks keeps us from the clock.
 */
static enum insn_result port_string(struct insn *i, struct machine_regs *regs,
				    const struct insn_memory *memory, bool in, unsigned width)
{
	uint64_t *at = in ? &regs->rdi : &regs->rsi;
	int64_t step = regs->rflags & 0x400 ? -(int64_t)width : (int64_t)width;
	static const uint8_t ones[4] = { 0xff, 0xff, 0xff, 0xff };
	uint64_t count = i->rep ? min_u64(regs->rcx, STRING_STEPS) : 1;
	uint8_t sink[4];

	for (; count; count--) {
		if (in ? !memory->write(memory->context, *at, ones, width)
		       : !memory->read(memory->context, *at, sink, width))
			return INSN_OTHER;
		*at += (uint64_t)step;
		if (i->rep)
			regs->rcx--;
	}
	return i->rep && regs->rcx ? INSN_DONE : done(i, regs);
}

static enum insn_result move_control(struct insn *i, struct insn_cpu *cpu,
				     struct machine_regs *regs, bool write)
{
	uint64_t *reg, *cr;

	if (!next_byte(i, &i->modrm))
		return INSN_OTHER;
	reg = reg_of(regs, (i->modrm & 7) | (i->rex & REX_B ? 8 : 0));
	switch ((i->modrm >> 3 & 7) | (i->rex & REX_R ? 8 : 0)) {
	case 0:
		cr = &cpu->cr0;
		break;
	case 2:
		cr = &cpu->cr2;
		break;
	case 3:
		cr = &cpu->cr3;
		break;
	case 4:
		cr = &cpu->cr4;
		break;
	case 8:
		cr = &cpu->cr8;
		break;
	default:
		return INSN_OTHER;
	}
	*(write ? cr : reg) = *(write ? reg : cr);
	return done(i, regs);
}

static enum insn_result move_debug(struct insn *i, struct insn_cpu *cpu, struct machine_regs *regs,
				   bool write)
{
	uint64_t *reg, *dr;

	if (!next_byte(i, &i->modrm) || i->rex & REX_R)
		return INSN_OTHER;
	reg = reg_of(regs, (i->modrm & 7) | (i->rex & REX_B ? 8 : 0));
	dr = &cpu->dr[i->modrm >> 3 & 7];
	*(write ? dr : reg) = *(write ? reg : dr);
	return done(i, regs);
}

static enum insn_result read_msr(struct insn *i, struct insn_cpu *cpu, struct machine_regs *regs)
{
	uint64_t v = (uint32_t)regs->rcx == MSR_EFER ? cpu->efer : 0;

	regs->rax = (uint32_t)v;
	regs->rdx = v >> 32;
	return done(i, regs);
}

static enum insn_result write_msr(struct insn *i, struct insn_cpu *cpu, struct machine_regs *regs)
{
	if ((uint32_t)regs->rcx == MSR_EFER)
		cpu->efer = regs->rdx << 32 | (uint32_t)regs->rax;
	return done(i, regs);
}

/* sldt, str, smsw: a 16-bit value to a register or to memory */
static enum insn_result store_word(struct insn *i, struct machine_regs *regs,
				   const struct insn_memory *memory, uint64_t v)
{
	uint64_t *reg;

	if (i->modrm >> 6 != 3) {
		if (!memory->write(memory->context, i->ea, &v, 2))
			return INSN_OTHER;
		return done(i, regs);
	}
	reg = reg_of(regs, (i->modrm & 7) | (i->rex & REX_B ? 8 : 0));
	*reg = i->operand16 ? (*reg & ~UINT64_C(0xffff)) | (v & 0xffff) : (uint32_t)v;
	return done(i, regs);
}

/* 0F 00: descriptor table registers. There are none to load; loading succeeds, unused. */
static enum insn_result group6(struct insn *i, struct machine_regs *regs,
			       const struct insn_memory *memory)
{
	if (!modrm(i, regs))
		return INSN_OTHER;
	switch (i->modrm >> 3 & 7) {
	case 0: /* sldt */
	case 1: /* str */
		return store_word(i, regs, memory, SELECTOR_NONE);
	case 2: /* lldt */
	case 3: /* ltr */
		return done(i, regs);
	default:
		return INSN_OTHER;
	}
}

/* 0F 01 with a register operand: by its whole second byte */
static enum insn_result group7_register(struct insn *i, struct insn_cpu *cpu,
					struct machine_regs *regs, const struct insn_memory *memory)
{
	switch (i->modrm) {
	case 0xca: /* clac */
	case 0xcb: /* stac */
	case 0xd1: /* xsetbv: what the host enabled stays enabled */
	case 0xf8: /* swapgs: both bases are 0 */
		return done(i, regs);
	default:
		break;
	}
	if ((i->modrm >> 3 & 7) == 4) /* smsw */
		return store_word(i, regs, memory, cpu->cr0);
	if ((i->modrm >> 3 & 7) == 6) /* lmsw */
		return done(i, regs);
	return INSN_OTHER;
}

/* 0F 01: lgdt and lidt succeed and are forgotten, the tables come with the next processor */
static enum insn_result group7(struct insn *i, struct insn_cpu *cpu, struct machine_regs *regs,
			       const struct insn_memory *memory)
{
	static const uint8_t empty_table[10];

	if (!modrm(i, regs))
		return INSN_OTHER;
	if (i->modrm >> 6 == 3)
		return group7_register(i, cpu, regs, memory);
	switch (i->modrm >> 3 & 7) {
	case 0: /* sgdt */
	case 1: /* sidt */
		if (!memory->write(memory->context, i->ea, empty_table, sizeof(empty_table)))
			return INSN_OTHER;
		return done(i, regs);
	case 4: /* smsw */
		return store_word(i, regs, memory, cpu->cr0);
	case 2: /* lgdt */
	case 3: /* lidt */
	case 6: /* lmsw */
	case 7: /* invlpg */
		return done(i, regs);
	default:
		return INSN_OTHER;
	}
}

static enum insn_result two_byte(struct insn *i, struct insn_cpu *cpu, struct machine_regs *regs,
				 const struct insn_memory *memory)
{
	uint8_t opcode;

	if (!next_byte(i, &opcode))
		return INSN_OTHER;
	switch (opcode) {
	case 0x00:
		return group6(i, regs, memory);
	case 0x01:
		return group7(i, cpu, regs, memory);
	case 0x06:
		cpu->cr0 &= ~UINT64_C(8); /* clts */
		return done(i, regs);
	case 0x08: /* invd */
	case 0x09: /* wbinvd */
		return done(i, regs);
	case 0x20:
	case 0x22:
		return move_control(i, cpu, regs, opcode == 0x22);
	case 0x21:
	case 0x23:
		return move_debug(i, cpu, regs, opcode == 0x23);
	case 0x30:
		return write_msr(i, cpu, regs);
	case 0x32:
		return read_msr(i, cpu, regs);
	case 0x33: /* rdpmc */
		regs->rax = regs->rdx = 0;
		return done(i, regs);
	default:
		return INSN_OTHER;
	}
}

enum insn_result insn_answer(struct insn_cpu *cpu, struct machine_regs *regs,
			     const struct insn_memory *memory)
{
	struct insn i = { 0 };
	uint8_t opcode, port;
	unsigned wide;

	fetch(&i, regs->rip, memory);
	if (!prefixes(&i, &opcode))
		return INSN_OTHER;
	wide = opcode & 1 ? (i.operand16 ? 2 : 4) : 1;
	switch (opcode) {
	case 0x0f:
		return two_byte(&i, cpu, regs, memory);
	case 0x6c:
	case 0x6d:
	case 0x6e:
	case 0x6f:
		return port_string(&i, regs, memory, opcode <= 0x6d, wide);
	case 0xe4:
	case 0xe5:
		return next_byte(&i, &port) ? port_in(&i, cpu, regs, port, wide) : INSN_OTHER;
	case 0xe6:
	case 0xe7:
		return next_byte(&i, &port) ? done(&i, regs) : INSN_OTHER;
	case 0xec:
	case 0xed:
		return port_in(&i, cpu, regs, (uint16_t)regs->rdx, wide);
	case 0xee:
	case 0xef: /* out */
		return done(&i, regs);
	case 0xfa: /* cli */
	case 0xfb: /* sti */
		cpu->interrupts_off = opcode == 0xfa;
		return done(&i, regs);
	case 0xf4:
		regs->rip += i.at;
		return INSN_HALT;
	default:
		return INSN_OTHER;
	}
}
