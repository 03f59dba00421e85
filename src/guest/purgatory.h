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

/* purgatory_report.c */
hidden void purgatory_put(const char *text);
hidden void purgatory_put_hex(uint64_t value);
/* The seed, or its fingerprint, on the console: test hooks. */
hidden void purgatory_show_seed(const struct purgatory_seed *seed);
hidden void purgatory_show_copies(unsigned n_lists);

/* The way out when there is no way on. */
hidden void purgatory_damaged(unsigned segment) __attribute__((noreturn));
hidden void purgatory_give_up(void) __attribute__((noreturn)); /* the reason has been told */

/* purgatory_entry.S */
extern hidden const struct purgatory_header purgatory_header;
hidden void purgatory_resume(const struct purgatory_params *params) __attribute__((noreturn));

static inline const struct purgatory_params *purgatory_params(void)
{
	return (const void *)*(volatile const uint64_t *)&purgatory_header.params;
}

/* purgatory_seed.c: replace the seed's bytes by the final ones. */
hidden void purgatory_finish_seed(const struct purgatory_seed *seed, const uint8_t *key);

/*
 * purgatory_forget.c: erase the old kernel's copies of params->erase, where the word there is the
 * head of a list of ours. False when it is none.
 */
hidden bool purgatory_forget_list(const struct purgatory_params *params, uint64_t addr);
/* The page is the old kernel's still: memory, and nothing was staged there. */
hidden bool purgatory_is_old(const struct purgatory_params *params, uint64_t page);

/* purgatory_mapped.c: do the page tables of state map this page? */
hidden bool purgatory_is_mapped(const struct purgatory_state *state, uint64_t page);

/* purgatory_main.c: everything between entry and resume; the old kernel's stack pointer */
hidden void purgatory_main(uint64_t kernel_stack) __attribute__((noreturn));

/* What follows is the processor's. purgatory_processor.c */
hidden void purgatory_set_vectors(struct purgatory_tables *tables);
hidden void purgatory_set_page_tables(const struct purgatory_state *state);
hidden void purgatory_set_fpu_usable(void);
hidden void purgatory_clear(uint64_t addr, uint64_t n_bytes);

/*
 * purgatory_list.c: find the old kernel's list and have it forgotten. Returns how many lists of
 * ours there are: 1, or 0 when this kernel hides it.
 */
hidden unsigned purgatory_forget_copies(const struct purgatory_params *params,
					uint64_t kernel_stack);

/* purgatory_console.c: only where params->console is not 0 */
hidden void purgatory_console_put(char c);
hidden void purgatory_console_drain(void); /* all of it has left */

/* purgatory_reset.c */
hidden void purgatory_reset(void) __attribute__((noreturn));

/* purgatory_random.c: the processor's random numbers, and how many; a counter that goes on */
enum { PURGATORY_RANDOM_WORDS = 8 };
hidden unsigned purgatory_random_words(uint64_t word[static PURGATORY_RANDOM_WORDS]);
hidden uint64_t purgatory_counter(void);
