// SPDX-License-Identifier: MIT
/*
 * The steps between kexec and the frozen state, in the only order that works:
 * nothing staged is used before it was checked, and nothing is cleared before
 * we stand on our own page tables, because the old kernel's may lie in what is
 * to be cleared.
 */
#include "guest/purgatory.h"

/* What functions that have returned left below our stack pointer. */
static void clear_dead_stack(const struct purgatory_scratch *scratch)
{
	const uint64_t bottom = (uint64_t)scratch->stack;

	purgatory_clear(bottom, (purgatory_stack_pointer() - bottom - 64) & ~UINT64_C(7));
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

void purgatory_main(uint64_t kernel_stack)
{
	const struct purgatory_params *params = purgatory_params();
	struct purgatory_scratch *scratch = (void *)params->scratch;
	unsigned i;
	int bad;

	purgatory_set_vectors(&scratch->tables);
	bad = purgatory_check(params, (const void *)params->secrets);
	if (bad >= 0)
		purgatory_damaged((unsigned)bad);
	purgatory_set_page_tables(&params->state);
	finish_seed(params, kernel_stack);
	purgatory_set_fpu_usable();
	for (i = 0; i < params->n_zero; i++)
		purgatory_clear(params->zero[i].addr, params->zero[i].n_bytes);
	clear_dead_stack(scratch);
	purgatory_resume(params);
}
