// SPDX-License-Identifier: MIT
/* The processor's own tables and modes, from what kexec leaves to what was frozen. */
#include "guest/purgatory.h"

enum {
	CR0_MP = 1 << 1,
	CR0_EM = 1 << 2,
	CR0_TS = 1 << 3,
	CR0_NE = 1 << 5,
	CR4_OSFXSR = 1 << 9,
	CR4_OSXMMEXCPT = 1 << 10,
	CR4_LA57 = 1 << 12,
};

enum { IDT_PRESENT_INTERRUPT_GATE = 0x8e00 };

/* purgatory_entry.S */
extern hidden const uint8_t purgatory_vectors[32][16];

/* Built here, not staged: the gates' addresses are split in ways only a processor likes. */
void purgatory_set_vectors(struct purgatory_tables *tables)
{
	const struct __attribute__((packed)) {
		uint16_t limit;
		uint64_t base;
	} table = { 32 * 16 - 1, (uint64_t)tables->idt };
	uint64_t at;
	unsigned i;

	for (i = 0; i < 32; i++) {
		at = (uint64_t)purgatory_vectors[i];
		tables->idt[i][0] = (at & 0xffff) | PURGATORY_CODE64 << 16 |
				    (uint64_t)IDT_PRESENT_INTERRUPT_GATE << 32 |
				    (at >> 16 & 0xffff) << 48;
		tables->idt[i][1] = at >> 32;
	}
	__asm__ volatile("lidt %0" : : "m"(table));
}

void purgatory_clear(uint64_t addr, uint64_t n_bytes)
{
	uint64_t n = n_bytes / 8;

	__asm__ volatile("rep stosq" : "+D"(addr), "+c"(n) : "a"(0) : "memory");
}

static uint64_t read_cr4(void)
{
	uint64_t cr4;

	__asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
	return cr4;
}

/* As the old kernel left LA57: changing it would mean leaving long mode. */
void purgatory_set_page_tables(const struct purgatory_state *state)
{
	const uint64_t root = read_cr4() & CR4_LA57 ? state->root5 : state->root4;

	__asm__ volatile("mov %0, %%cr3" : : "r"(root) : "memory");
}

/* kexec clears all of CR4 that it can: without these two bits SSE is an invalid opcode. */
void purgatory_set_fpu_usable(void)
{
	uint64_t cr0;

	__asm__ volatile("mov %0, %%cr4" : : "r"(read_cr4() | CR4_OSFXSR | CR4_OSXMMEXCPT));
	__asm__ volatile("mov %%cr0, %0" : "=r"(cr0));
	cr0 = (cr0 & ~(uint64_t)(CR0_EM | CR0_TS)) | CR0_MP | CR0_NE;
	__asm__ volatile("mov %0, %%cr0" : : "r"(cr0));
}
