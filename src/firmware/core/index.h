/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Things found by a hash of what they are: chains that stay short while more come in. Where
 * there is no memory to grow, the chains get longer and the answers stay right.
 */
#include "base/heap.h"

#include <stdint.h>

struct index_node {
	struct index_node *next;
	uint64_t hash;
};

struct index {
	struct heap *heap;
	struct index_node **chain; /* NULL: there is but the one */
	struct index_node *only;
	uint64_t n_chains, n; /* chains: a power of two, 0 for the one */
};

/* Nobody can choose words whose hashes meet: the heap has a number that nobody knows. */
uint64_t index_hash(const struct heap *heap, const uint64_t *word, unsigned n);
void index_add(struct index *index, struct index_node *node, uint64_t hash);
void index_remove(struct index *index, struct index_node *node);
/* The first, then the next node of a chain with this hash; NULL: no more. */
struct index_node *index_first(const struct index *index, uint64_t hash);
struct index_node *index_next(const struct index_node *node);
/* The nodes are not freed. */
void index_free(struct index *index);
