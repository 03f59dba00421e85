/* SPDX-License-Identifier: MIT */
#pragma once
/* Inside the purgatory: what its files share. */
#include "guest/purgatory_abi.h"

#define hidden __attribute__((visibility("hidden")))

/*
 * purgatory_check.c: the index of the first segment that is not as it was
 * staged, or -1 when all are. Only reads.
 */
hidden int purgatory_check(const struct purgatory_params *params,
			   const struct purgatory_secrets *secrets);

/* purgatory_report.c: the way out when there is no way on. Neither returns. */
struct purgatory_trap {
	uint64_t vector, error, rip, cs, rflags, rsp, ss;
};

/* The seed, or its fingerprint, on the console: test hooks. */
hidden void purgatory_show_seed(const struct purgatory_seed *seed);
hidden void purgatory_show_copies(unsigned n_lists);

hidden void purgatory_damaged(unsigned segment) __attribute__((noreturn));
hidden void purgatory_trapped(const struct purgatory_trap *trap) __attribute__((noreturn));

/* purgatory_entry.S */
extern hidden const struct purgatory_header purgatory_header;
extern hidden const uint8_t purgatory_vectors[32][16];
hidden void purgatory_resume(const struct purgatory_params *params) __attribute__((noreturn));

static inline const struct purgatory_params *purgatory_params(void)
{
	return (const void *)*(volatile const uint64_t *)&purgatory_header.params;
}

/* purgatory_seed.c: replace the seed's bytes by the final ones. */
hidden void purgatory_finish_seed(const struct purgatory_seed *seed, const uint8_t *key);

/*
 * purgatory_forget.c: erase the old kernel's copies of params->erase. Returns how many lists of
 * ours it found: 1, or 0 when this kernel hides it.
 */
hidden unsigned purgatory_forget_copies(const struct purgatory_params *params,
					uint64_t kernel_stack);

/* Do the 4-level tables at root map this page? */
hidden bool purgatory_is_mapped(uint64_t root, uint64_t page);

/* purgatory_main.c: everything between entry and resume; kernel_stack: RSP at the entry */
hidden void purgatory_main(uint64_t kernel_stack) __attribute__((noreturn));
hidden void purgatory_clear(uint64_t addr, uint64_t n_bytes);
