/* SPDX-License-Identifier: MIT */
#pragma once
/* Where heap.c keeps bytes of others: pages of one mapping, in small pieces or as runs. */
#include <stddef.h>
#include <stdint.h>

struct arena;

/* Room for n_bytes, of which none is memory before it is taken; NULL without. */
struct arena *arena_open(uint64_t n_bytes);
void arena_close(struct arena *arena);
/* Zeroed. *inout_used grows by the pages that it takes, up to limit; NULL: no room. */
void *arena_take(struct arena *arena, size_t n_bytes, uint64_t *inout_used, uint64_t limit);
void arena_give(struct arena *arena, const void *p, uint64_t *inout_used);
