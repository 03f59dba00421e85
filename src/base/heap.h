/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Memory that is kept for somebody who is not trusted, all of it within one limit.
 *
 * There are two kinds. Structures of ours come from malloc(3), zeroed. Bytes of theirs (names,
 * contents, texts) lie in an arena of its own between two guard pages: a mistake with their lengths
 * reaches other bytes of theirs, or a page that nobody may touch, and never a pointer of ours; and
 * what they wrote and gave up never is what a structure of ours is made in.
 *
 * A heap may be NULL wherever it is passed on: then there is no limit.
 */
#include <stddef.h>
#include <stdint.h>

struct arena;

struct heap {
	uint64_t used, limit; /* bytes; used counts what they cost, not what was asked for */
	struct arena *arena;  /* made when it is first needed */
	uint64_t secret;      /* theirs not to know: it goes into hashes of what they choose */
};

/* NULL when there is no memory, or the limit would be passed. */
void *heap_new(struct heap *heap, size_t n_bytes);
/* The first bytes stay as they were, those behind them are 0. NULL: p is as it was. */
void *heap_resize(struct heap *heap, void *p, size_t n_bytes);
/* NULL is fine. */
void heap_free(struct heap *heap, void *p);

/* The same for bytes of theirs; they are erased when they are freed. */
uint8_t *heap_bytes(struct heap *heap, size_t n_bytes);
void heap_bytes_free(struct heap *heap, const void *p);

/* All that is in the arena goes; structures are to be freed before, one by one. */
void heap_close(struct heap *heap);
