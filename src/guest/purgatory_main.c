// SPDX-License-Identifier: MIT
/*
 * The steps between kexec and the frozen state, in the only order that works:
 * nothing staged is used before it was checked, and nothing is cleared before
 * we stand on our own page tables, because the old kernel's may lie in what is
 * to be cleared.
 */
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

/* Built here, not staged: the gates' addresses are split in ways only a processor likes. */
static void set_vectors(uint64_t (*idt)[2])
{
	const struct __attribute__((packed)) {
		uint16_t limit;
		uint64_t base;
	} table = { 32 * 16 - 1, (uint64_t)idt };
	uint64_t at;
	unsigned i;

	for (i = 0; i < 32; i++) {
		at = (uint64_t)purgatory_vectors[i];
		idt[i][0] = (at & 0xffff) | PURGATORY_CODE64 << 16 |
			    (uint64_t)IDT_PRESENT_INTERRUPT_GATE << 32 | (at >> 16 & 0xffff) << 48;
		idt[i][1] = at >> 32;
	}
	__asm__ volatile("lidt %0" : : "m"(table));
}

void purgatory_clear(uint64_t addr, uint64_t n_bytes)
{
	uint64_t n = n_bytes / 8;

	__asm__ volatile("rep stosq" : "+D"(addr), "+c"(n) : "a"(0) : "memory");
}

/* What functions that have returned left below our stack pointer. */
static void clear_dead_stack(const struct purgatory_scratch *scratch)
{
	const uint64_t bottom = (uint64_t)scratch->stack;
	uint64_t rsp;

	__asm__ volatile("mov %%rsp, %0" : "=r"(rsp));
	purgatory_clear(bottom, (rsp - bottom - 64) & ~UINT64_C(7));
}

/*
 * The final seed, and nothing left of what it was made from. On our own page
 * tables: the old kernel's map only RAM for sure. Before the zero runs go: the old
 * kernel's list of copies may lie in them.
 */
static void finish_seed(const struct purgatory_params *params, uint64_t kernel_stack)
{
	const struct purgatory_secrets *secrets = (const void *)params->secrets;
	unsigned n;

	if (params->seed.n_bytes)
		purgatory_finish_seed(&params->seed, secrets->seed_key);
	purgatory_clear(params->secrets, align_up(sizeof(*secrets), PAGE_BYTES));
	n = purgatory_forget_copies(params, kernel_stack);
	if (params->seed.flags)
		purgatory_show_copies(n);
}

static uint64_t read_cr4(void)
{
	uint64_t cr4;

	__asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
	return cr4;
}

/* As the old kernel left LA57: changing it would mean leaving long mode. */
static void set_page_tables(const struct purgatory_params *params)
{
	const uint64_t root = read_cr4() & CR4_LA57 ? params->root5 : params->root4;

	__asm__ volatile("mov %0, %%cr3" : : "r"(root) : "memory");
}

/* kexec clears all of CR4 that it can: without these two bits SSE is an invalid opcode. */
static void set_fpu_usable(void)
{
	uint64_t cr0;

	__asm__ volatile("mov %0, %%cr4" : : "r"(read_cr4() | CR4_OSFXSR | CR4_OSXMMEXCPT));
	__asm__ volatile("mov %%cr0, %0" : "=r"(cr0));
	cr0 = (cr0 & ~(uint64_t)(CR0_EM | CR0_TS)) | CR0_MP | CR0_NE;
	__asm__ volatile("mov %0, %%cr0" : : "r"(cr0));
}

void purgatory_main(uint64_t kernel_stack)
{
	const struct purgatory_params *params = purgatory_params();
	struct purgatory_scratch *scratch = (void *)params->scratch;
	unsigned i;
	int bad;

	set_vectors(scratch->idt);
	bad = purgatory_check(params, (const void *)params->secrets);
	if (bad >= 0)
		purgatory_damaged((unsigned)bad);
	set_page_tables(params);
	finish_seed(params, kernel_stack);
	set_fpu_usable();
	for (i = 0; i < params->n_zero; i++)
		purgatory_clear(params->zero[i].addr, params->zero[i].n_bytes);
	clear_dead_stack(scratch);
	purgatory_resume(params);
}
