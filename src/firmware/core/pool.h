/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Memory smaller than a page. What is free and how long a piece is stands on
 * our side, so nothing the image writes can make the pool lie. Pure bookkeeping:
 * pages come from and go to the caller.
 */
#include "base/heap.h"
#include "base/util.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	POOL_N_CLASSES = 8, /* 16 bytes ... 2 KiB */
	POOL_SMALLEST = 16,
	POOL_ARENA_PAGES = 16, /* taken at once, so that pools lie together */
};

struct pool_stack {
	uint64_t *addr;
	unsigned n, room;
};

/* Pieces of one memory type. */
struct pool_type {
	uint32_t type;
	struct pool_stack free[POOL_N_CLASSES];
	struct pool_stack pages; /* whole ones of an arena, not cut yet */
};

struct pool_piece {
	uint64_t addr;	  /* 0: empty place in the hash */
	uint32_t n_pages; /* 0: of a class */
	uint16_t type;	  /* index */
	uint8_t class;
};

struct pool {
	struct heap *heap;
	struct pool_type *type;
	unsigned n_types;
	struct pool_piece *piece; /* open addressing; room is a power of two */
	unsigned n_pieces, room;
};

void pool_free_all(struct pool *pool);

/* The class for n_bytes, or -1 when it takes whole pages. */
int pool_class(uint64_t n_bytes);

/* The index of a memory type, made if it is new; negative errno. */
int pool_type_index(struct pool *pool, uint32_t type);

/*
 * A piece of this class: its address, or 0 when pool_refill() has to be called first.
 */
uint64_t pool_take(struct pool *pool, unsigned type_index, unsigned class);

/* Give it n_pages fresh pages at addr. */
must_check int pool_refill(struct pool *pool, unsigned type_index, uint64_t addr, unsigned n_pages);

/* Remember that this piece is in use. */
must_check int pool_remember(struct pool *pool, const struct pool_piece *piece);

/*
 * Forget it: false when nothing begins at addr. Pieces of a class are free again
 * afterwards; whole pages are the caller's to give back.
 */
bool pool_forget(struct pool *pool, uint64_t addr, struct pool_piece *ret_piece);
