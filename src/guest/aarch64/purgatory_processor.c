// SPDX-License-Identifier: MIT
/*
 * The processor's modes, from what kexec leaves (MMU and caches off, at EL1 or EL2) to what was
 * frozen. Registers as in the Arm ARM, DDI 0487, D19.2. The kernel that goes on sets all of
 * them itself; they have to be right for us, and harmless for it.
 */
#include "guest/purgatory.h"
#include "guest/aarch64/system.h"

enum {
	MAIR = 0x00ff, /* attribute 0: normal memory, write back; 1: Device-nGnRnE */
	SCTLR_M = 1 << 0,
	SCTLR_C = 1 << 2,
	SCTLR_I = 1 << 12,
	TCR_WALKS = 1 << 8 | 1 << 10 | 3 << 12, /* write back, inner shareable */
	TCR_T0SZ = 16,				/* four levels */
	MOST_PARANGE = 5,			/* 48 bits */
};

#define SCTLR_EL1_ALWAYS UINT64_C(0x30d00800)
#define SCTLR_EL2_ALWAYS UINT64_C(0x30c50830)
#define TCR_EL1_EPD1 (UINT64_C(1) << 23)
#define TCR_EL2_ALWAYS UINT64_C(0x80800000)
#define CPACR_FPEN (UINT64_C(3) << 20)
#define CPTR_EL2_ALWAYS UINT64_C(0x33ff)

/* purgatory_entry.S */
extern hidden const uint8_t purgatory_vectors[];

void purgatory_set_vectors(struct purgatory_tables *tables)
{
	if (at_el2())
		WRITE_REGISTER(vbar_el2, purgatory_vectors);
	else
		WRITE_REGISTER(vbar_el1, purgatory_vectors);
	__asm__ volatile("isb");
}

static uint64_t physical_size(void)
{
	const uint64_t range = READ_REGISTER(id_aa64mmfr0_el1) & 0xf;

	return range < MOST_PARANGE ? range : MOST_PARANGE;
}

/* The value is written whole: pointer authentication, for one, is off behind it. */
static void set_el1(uint64_t table)
{
	WRITE_REGISTER(mair_el1, MAIR);
	WRITE_REGISTER(tcr_el1, TCR_T0SZ | TCR_WALKS | TCR_EL1_EPD1 | physical_size() << 32);
	WRITE_REGISTER(ttbr0_el1, table);
	__asm__ volatile("isb\n\ttlbi vmalle1\n\tic iallu\n\tdsb nsh\n\tisb" : : : "memory");
	WRITE_REGISTER(sctlr_el1, SCTLR_EL1_ALWAYS | SCTLR_M | SCTLR_C | SCTLR_I);
	__asm__ volatile("isb" : : : "memory");
}

static void set_el2(uint64_t table)
{
	const bool like_el1 = hosts_el2();

	WRITE_REGISTER(mair_el2, MAIR);
	WRITE_REGISTER(tcr_el2, TCR_T0SZ | TCR_WALKS |
					(like_el1 ? TCR_EL1_EPD1 | physical_size() << 32
						  : TCR_EL2_ALWAYS | physical_size() << 16));
	WRITE_REGISTER(ttbr0_el2, table);
	__asm__ volatile("isb\n\ttlbi alle2\n\tic iallu\n\tdsb nsh\n\tisb" : : : "memory");
	WRITE_REGISTER(sctlr_el2, (like_el1 ? SCTLR_EL1_ALWAYS : SCTLR_EL2_ALWAYS) | SCTLR_M |
					  SCTLR_C | SCTLR_I);
	__asm__ volatile("isb" : : : "memory");
}

void purgatory_set_page_tables(const struct purgatory_state *state)
{
	if (at_el2())
		set_el2(state->table);
	else
		set_el1(state->table);
}

void purgatory_set_fpu_usable(void)
{
	if (!at_el2())
		WRITE_REGISTER(cpacr_el1, CPACR_FPEN);
	else
		WRITE_REGISTER(cptr_el2, hosts_el2() ? CPACR_FPEN : CPTR_EL2_ALWAYS);
	__asm__ volatile("isb");
}

/*
 * Down to memory: what is cleared may be read by code whose MMU is still off, past lines of
 * the old kernel's that caches have not written yet.
 */
void purgatory_clear(uint64_t addr, uint64_t n_bytes)
{
	const uint64_t line = 4 << (READ_REGISTER(ctr_el0) >> 16 & 0xf);
	volatile uint64_t *word = (volatile uint64_t *)addr;

	for (uint64_t i = 0; i < n_bytes / 8; i++)
		word[i] = 0;
	for (uint64_t at = addr & ~(line - 1); at < addr + n_bytes; at += line)
		__asm__ volatile("dc civac, %0" : : "r"(at) : "memory");
	__asm__ volatile("dsb sy" : : : "memory");
}
