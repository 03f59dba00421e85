/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * The plan: which runs of a frozen machine's pages are staged with kexec, and
 * which are only zeros for the purgatory to clear. Reads guest memory, but no hole
 * of it, and changes nothing.
 */
#include "guest/purgatory_abi.h"
#include "machine/frozen.h"
#include "host/memory_map.h"

enum { SEGMENTS_MAX = PURGATORY_MAX_SEGMENTS - 1 }; /* one is the purgatory's */

struct segment_plan {
	struct ram_range stage[SEGMENTS_MAX]; /* sorted, disjoint; each starts with data */
	unsigned n_stage;
	struct ram_range zero[PURGATORY_MAX_ZERO]; /* sorted, disjoint, none staged */
	unsigned n_zero;
	uint64_t staged_bytes;
};

/* -ERANGE when frozen->resume is not RAM. */
must_check int segments_resume_check(const struct frozen *frozen, const struct memory_map *map,
				     struct why *why);

/*
 * Every page of frozen->pages is in a staged run or in a zero run. -ERANGE when
 * a page is not RAM that kexec may write, -E2BIG when it cannot be done in so many
 * segments or within limit_bytes (the kernel's bound for each and for the sum).
 */
must_check int segments_plan(const struct frozen *frozen, const struct memory_map *map,
			     uint64_t limit_bytes, struct segment_plan *ret_plan, struct why *why);
