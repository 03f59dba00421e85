/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Memory for secrets that may vanish: under memory pressure (where the kernel has
 * MAP_DROPPABLE) and in the child of a fork, always page by page and to zeros. It
 * is in no core dump. Whoever uses it must notice.
 */
#include "base/util.h"

#include <stddef.h>

/* Map n_pages, between two inaccessible pages when guarded. NULL on failure. */
void *memory_map(size_t n_pages, bool guarded);
/* What nothing but zeros is kept in: a child may see it. NULL: none. */
void *memory_map_plain(size_t n_pages);

/*
 * Zero in a child like the others, for what is no secret. Not dropped, but where
 * madvise(2) may not be called: so a zero may mean that too.
 */
void *memory_map_kept(size_t n_pages);

/*
 * The largest page that a kernel of this architecture may have: what is wiped in place
 * begins and ends with one.
 */
#if defined(__aarch64__)
enum { WIPED_BYTES_LEAST = 1 << 16 };
#else
enum { WIPED_BYTES_LEAST = PAGE_BYTES };
#endif

/*
 * Memory that is there already and holds nothing, whole pages of nobody else: as that of
 * memory_map_kept(). Returns 0 or a negative errno, and it is as it was.
 */
must_check int memory_wipe_in_children(void *p, size_t n_bytes);

/* Does the kernel have MAP_DROPPABLE? */
bool memory_droppable(void);

/* Do without madvise(2), which a filter may answer with the end of the process. */
void memory_deny_advice(bool deny);

/* Behave like a kernel without MAP_DROPPABLE; tests. */
void memory_deny_droppable(bool deny);
