/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Fills the range that was kept for the purgatory: code, parameters, page
 * tables, key and digests, as guest/purgatory_abi.h lays them out. Pure but for
 * the key, which is the caller's to give.
 */
#include "handover/paging.h"
#include "handover/segments.h"
#include "host/kernel_data.h"
#include "seed/mix.h"

/*
 * What its page tables map: memory, ours and ACPI's, the pages that tell of a clone, and a
 * console's registers where they are in memory.
 */
struct purgatory_mapped {
	struct paging_range *range; /* the caller's to free() */
	unsigned n;
	bool giant_pages;
};

/* 0 or -ENOMEM. */
must_check int purgatory_map_memory(const struct memory_map *map, const struct purgatory_seed *seed,
				    uint64_t console, struct purgatory_mapped *ret_mapped);

/* Physical addresses of the parts, in order; n_bytes is where the last one ends. */
struct purgatory_layout {
	uint64_t code, params, tables, secrets, scratch, end;
	const struct purgatory_mapped *mapped; /* the caller's, as long as this is used */
};

/* Laid out from start on. */
struct purgatory_layout purgatory_lay_out(uint64_t start, const struct purgatory_mapped *mapped);

/*
 * Write everything but key and digests into image, which is all zeros and as
 * long as the layout, [code, end).
 */
void purgatory_fill(const struct purgatory_layout *layout, const struct frozen *frozen,
		    const struct segment_plan *plan, uint64_t console, uint8_t *image);

/* A part of it, by processor: <processor>/purgatory_state.c */
void purgatory_fill_state(const struct frozen *frozen, const struct paging_roots *roots,
			  struct purgatory_state *ret_state);

/* After that: where the old kernel's variables lie. */
void purgatory_fill_variables(const struct purgatory_layout *layout,
			      const struct kernel_data *variables, uint8_t *image);

/*
 * After that: what the purgatory has to know for the seed, and whose copies it is to
 * erase. -EFAULT when the seed's bytes will not be checked or an address cannot be
 * mapped.
 */
must_check int purgatory_fill_seed(const struct purgatory_layout *layout,
				   const struct frozen *frozen, const struct purgatory_seed *seed,
				   uint8_t *image, struct why *why);

/*
 * After that: the copies of device trees are to be erased, too. In the one that Linux's stub makes
 * for its kernel is the seed of KASLR, which the kernel wipes where it finds it.
 */
void purgatory_fill_trees(const struct purgatory_layout *layout, const struct segment_plan *plan,
			  const uint8_t *const *stage, uint8_t *image);

/* All random, for one staging. */
struct purgatory_keys {
	struct mac_key mac;
	uint8_t seed[SEED_KEY_BYTES];
};

/*
 * Make the digests under key, which goes into image with them. stage[i] are the bytes
 * that will be staged for plan segment i.
 */
void purgatory_seal(const struct purgatory_layout *layout, const struct purgatory_keys *key,
		    const uint8_t *const *stage, uint8_t *image);

/* Where kexec has to jump to. */
uint64_t purgatory_entry(const struct purgatory_layout *layout);
