// SPDX-License-Identifier: MIT
/* The stack that kexec enters with begins at the end of its control page, which has the head. */
#include "guest/purgatory.h"

unsigned purgatory_forget_copies(const struct purgatory_params *params, uint64_t kernel_stack)
{
	const uint64_t page = (kernel_stack - 1) & ~(uint64_t)(PAGE_BYTES - 1);
	unsigned n = 0;

	if (!purgatory_is_old(params, page))
		return 0;
	for (uint64_t at = page; at < page + PAGE_BYTES; at += sizeof(uint64_t))
		n += purgatory_forget_list(params, at);
	return n;
}
