/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * What the loading side lays down for the purgatory. In this order, in one
 * physically contiguous range, each part page aligned:
 *
 *   code      the blob, its header's slots filled in
 *   params    struct purgatory_params
 *   tables    page tables
 *             -- up to here it is segment 0 of the check
 *   secrets   struct purgatory_secrets; wiped by the purgatory
 *   scratch   struct purgatory_scratch: the processor's tables and stack; zeros, staged all
 *             the same: the old kernel's last page tables surely map what is staged
 */
#include "base/bytes.h"
#include "guest/digest.h"
#include "guest_purgatory_state.h"

enum {
	PURGATORY_MAX_SEGMENTS = 16, /* its own, segment 0, included; kexec takes no more */
	PURGATORY_MAX_ZERO = 2048,
	PURGATORY_MAX_ERASE = 16,
};
static_assert((int)PURGATORY_MAX_SEGMENTS <= (int)DIGEST_MAX_SEGMENTS, "a tag for each");

#define PURGATORY_MAGIC UINT64_C(0x2d67727570647262) /* "brdpurg-" */

/* At offset 0 of the code. */
struct purgatory_header {
	uint64_t magic;
	uint64_t params; /* physical addresses, the loading side fills them in */
	uint64_t stack_top;
	uint32_t entry;	  /* offset from here: where kexec jumps to */
	uint32_t n_bytes; /* of the blob, this included */
};
static_assert(sizeof(struct purgatory_header) == 32, "purgatory_entry.S");

struct purgatory_range {
	uint64_t addr, n_bytes;
};

/*
 * The next kernel's seed: bytes in a checked segment, replaced after the check
 * by a PRF of themselves and of what only the moment of the jump has.
 */
struct purgatory_seed {
	uint64_t addr, n_bytes; /* 0 bytes: there is none */
	uint64_t vmgenid;	/* 16 bytes, physical; 0: none */
	uint64_t vmclock;	/* the device's page, physical; 0: none */
	uint32_t flags;
	uint32_t reserved;
};

/*
 * Where a variable of the old kernel's lies that points to what the head of its list of pages is
 * in; 0 bytes: nobody knows.
 */
struct purgatory_variables {
	struct purgatory_range range; /* physical */
	uint64_t to_physical;	      /* added to a pointer of the old kernel's into RAM */
	uint64_t end;		      /* nothing is mapped from there on */
};

/* Test hooks, all of them. */
enum {
	PURGATORY_SEED_NO_GENERATION = 1, /* leave VMGENID and vmclock out */
	PURGATORY_SEED_NO_TIME = 8,	  /* as if the time stamp counter stood still */
	PURGATORY_SEED_NO_PROCESSOR = 16, /* as if it had no random numbers */
	PURGATORY_SEED_SHOW = 2,	  /* its fingerprint on the console */
	PURGATORY_SEED_SHOW_ALL = 4,	  /* the seed itself */
};

struct purgatory_params {
	struct purgatory_state state;
	uint64_t secrets;
	uint64_t scratch;
	uint64_t console; /* host_console()'s, 0: none */
	uint32_t digest_kind;
	uint32_t reserved;
	uint32_t n_segments, n_zero;
	uint32_t n_erase, reserved2;
	struct purgatory_seed seed;
	struct purgatory_variables variables;
	struct purgatory_range erase[PURGATORY_MAX_ERASE];	/* whose staged copies are to go */
	struct purgatory_range segment[PURGATORY_MAX_SEGMENTS]; /* whole pages, checked */
	struct purgatory_range zero[PURGATORY_MAX_ZERO];	/* whole pages, cleared */
};
static_assert(offsetof(struct purgatory_params, state) == 0, "purgatory_entry.S");

struct purgatory_secrets {
	struct mac_key key;
	struct digest_value value[PURGATORY_MAX_SEGMENTS];
	uint8_t seed_key[32];
};

struct purgatory_scratch {
	struct purgatory_tables tables;
	uint8_t stack[4 * PAGE_BYTES];
};
static_assert(sizeof(struct purgatory_scratch) == 5 * PAGE_BYTES, "whole pages");

/* The code; starts with its header, slots not set. */
struct bytes purgatory_blob(void);
