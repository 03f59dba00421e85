/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Guest RAM: one sparse memfd whose offsets are physical addresses, seen by
 * us through one mapping. Pages nobody touched cost nothing and read as zero.
 */
#include "base/why.h"

#include <stdbool.h>
#include <stdint.h>

struct ram_range {
	uint64_t start, end; /* page aligned, end exclusive */
};

struct ram {
	int fd;
	uint8_t *host;		       /* host + address = the byte; only ranges are backed */
	uint64_t n_bytes;	       /* of the mapping: the end of the last range */
	const struct ram_range *range; /* borrowed: sorted, disjoint, not empty */
	unsigned n_ranges;
	bool locked; /* ram_lock() has been done: each mapping is to be like that */
};

/* ranges must outlive the ram. Returns 0 or a negative errno. */
must_check int ram_open(const struct ram_range *range, unsigned n_ranges, struct ram *ret_ram,
			struct why *why);
void ram_close(struct ram *ram);

/*
 * Keep what it holds off the swap devices, as far as the caller's rights go: each page from when
 * it is touched by this process. That is how locks are: of a mapping, and of the pages that are
 * seen through it. So whoever shares the memory locks a mapping of its own, and ram_lock_data()
 * takes over what the others have touched when they end.
 */
void ram_lock(struct ram *ram);
void ram_lock_data(const struct ram *ram);

/*
 * The first run of pages in [start, end) that hold data, [start, end) itself
 * being page aligned: true and the run, or false when all of it is a hole.
 */
bool ram_data(const struct ram *ram, uint64_t start, uint64_t end, struct ram_range *ret_run);

/*
 * Erase what [start, end) holds. The kernel does not: freed pages keep what was in them
 * until somebody else gets them, and a jump by kexec comes before that.
 */
void ram_wipe(const struct ram *ram, uint64_t start, uint64_t end);
void ram_wipe_all(const struct ram *ram);

/* Back to a hole, erased: [start, end) reads as zero again and its memory is returned. */
void ram_discard(const struct ram *ram, uint64_t start, uint64_t end);
