// SPDX-License-Identifier: MIT
#include "firmware/core/index.h"

enum { FIRST_CHAINS = 16, PER_CHAIN = 4 };

uint64_t index_hash(const struct heap *heap, const uint64_t *word, unsigned n)
{
	uint64_t h = heap ? heap->secret : 0;

	while (n-- > 0) {
		h = (h ^ *word++) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 32;
	}
	return h;
}

static struct index_node **chain_of(const struct index *index, uint64_t hash)
{
	return index->chain ? &index->chain[hash & (index->n_chains - 1)]
			    : (struct index_node **)&index->only;
}

static void put(struct index *index, struct index_node *node)
{
	struct index_node **chain = chain_of(index, node->hash);

	node->next = *chain;
	*chain = node;
}

static void grow(struct index *index)
{
	struct index old = *index;
	const uint64_t n_old = old.chain ? old.n_chains : 1,
		       n = old.chain ? 2 * n_old : FIRST_CHAINS;
	struct index_node **chain = heap_new(index->heap, n * sizeof(struct index_node *)), *node;

	if (!chain)
		return;
	index->chain = chain;
	index->n_chains = n;
	for (uint64_t i = 0; i < n_old; i++) {
		struct index_node **from = old.chain ? &old.chain[i] : &old.only;

		while ((node = *from)) {
			*from = node->next;
			put(index, node);
		}
	}
	index->only = NULL;
	heap_free(index->heap, old.chain);
}

void index_add(struct index *index, struct index_node *node, uint64_t hash)
{
	node->hash = hash;
	if (++index->n > PER_CHAIN * (index->chain ? index->n_chains : 1))
		grow(index);
	put(index, node);
}

void index_remove(struct index *index, struct index_node *node)
{
	struct index_node **link = chain_of(index, node->hash);

	while (*link != node)
		link = &(*link)->next;
	*link = node->next;
	index->n--;
}

static struct index_node *with_hash(struct index_node *node, uint64_t hash)
{
	while (node && node->hash != hash)
		node = node->next;
	return node;
}

struct index_node *index_first(const struct index *index, uint64_t hash)
{
	return with_hash(*chain_of(index, hash), hash);
}

struct index_node *index_next(const struct index_node *node)
{
	return with_hash(node->next, node->hash);
}

void index_free(struct index *index)
{
	heap_free(index->heap, index->chain);
	*index = (struct index){ .heap = index->heap };
}
