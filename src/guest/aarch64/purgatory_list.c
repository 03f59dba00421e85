// SPDX-License-Identifier: MIT
/*
 * kexec leaves no trace of its list in a register. But a variable of the kernel's (kexec_image)
 * points to what begins with the head. Not every kernel tells where the variable is, so all are
 * tried. What was staged over some of them is passed over.
 *
 * Source: Linux, kernel/kexec_core.c and include/linux/kexec.h (struct kimage).
 */
#include "guest/purgatory.h"

static bool leads_to_list(const struct purgatory_params *params, uint64_t pointer)
{
	const uint64_t at = pointer + params->variables.to_physical;

	/* most words are none of RAM's addresses, and to look further takes a while */
	return at < params->variables.end && at % sizeof(uint64_t) == 0 &&
	       purgatory_is_old(params, at & ~(uint64_t)(PAGE_BYTES - 1)) &&
	       purgatory_forget_list(params, at);
}

static bool search(const struct purgatory_params *params, uint64_t start, uint64_t end)
{
	for (uint64_t at = start; at < end; at += sizeof(uint64_t))
		if (leads_to_list(params, *(const uint64_t *)at))
			return true;
	return false;
}

unsigned purgatory_forget_copies(const struct purgatory_params *params, uint64_t kernel_stack)
{
	const struct purgatory_range *range = &params->variables.range;
	const uint64_t end = range->addr + range->n_bytes;

	for (uint64_t page = range->addr & ~(uint64_t)(PAGE_BYTES - 1); page < end;
	     page += PAGE_BYTES)
		if (purgatory_is_old(params, page) && search(params, page, page + PAGE_BYTES))
			return 1;
	return 0;
}
