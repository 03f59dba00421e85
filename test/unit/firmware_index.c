// SPDX-License-Identifier: MIT
#include "firmware/core/index.h"
#include "tap.h"
#include "unit/alloc.h"

#include <stdlib.h>

enum { N = 100000, LONGEST = 32 };

static struct thing {
	struct index_node node;
	uint64_t name[2];
} * thing;

static uint64_t longest(const struct index *index)
{
	uint64_t max = 0, n;

	for (uint64_t i = 0; i < index->n_chains; i++) {
		n = 0;
		for (const struct index_node *node = index->chain[i]; node; node = node->next)
			n++;
		max = n > max ? n : max;
	}
	return max;
}

static bool is_in(const struct index *index, const struct thing *t)
{
	const struct index_node *node = index_first(index, index_hash(NULL, t->name, 2));

	while (node && node != &t->node)
		node = index_next(node);
	return node;
}

/* Names as handles have them, one after another, and a second word that is always the same. */
static void add_all(struct index *index, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		thing[i].name[0] = UINT64_C(0x8000680000000000) + i;
		thing[i].name[1] = 8;
		index_add(index, &thing[i].node, index_hash(NULL, thing[i].name, 2));
	}
}

static unsigned n_found(const struct index *index, unsigned from, unsigned to)
{
	unsigned n = 0;

	for (unsigned i = from; i < to; i++)
		n += is_in(index, &thing[i]);
	return n;
}

static void test_many(void)
{
	struct index index = { 0 };

	check(!index_first(&index, 1));
	add_all(&index, N);
	check(index.n == N && n_found(&index, 0, N) == N);
	check_msg(longest(&index) <= LONGEST, "the longest chain has %ju",
		  (uintmax_t)longest(&index));
	for (unsigned i = 0; i < N; i += 2)
		index_remove(&index, &thing[i].node);
	check(index.n == N / 2);
	check(!is_in(&index, &thing[0]) && is_in(&index, &thing[1]));
	check(n_found(&index, 0, N) == N / 2);
	for (unsigned i = 1; i < N; i += 2)
		index_remove(&index, &thing[i].node);
	check(index.n == 0 && n_found(&index, 0, N) == 0);
	index_free(&index);
}

/* All of one hash: found all the same. */
static void test_same_hash(void)
{
	struct index index = { 0 };
	unsigned n = 0;

	for (unsigned i = 0; i < 100; i++)
		index_add(&index, &thing[i].node, 7);
	for (const struct index_node *node = index_first(&index, 7); node; node = index_next(node))
		n++;
	check(n == 100 && !index_first(&index, 8) && !index_first(&index, 7 + (1 << 20)));
	index_free(&index);
}

/* Words that somebody has chosen so that their hashes end alike: a number that he does not know. */
static void test_chosen(void)
{
	enum { FEW = 2000, ALIKE = 511 };
	struct heap none = { .limit = UINT64_MAX }, heap = none;
	struct index met = { .heap = &none }, index = { .heap = &heap };
	uint64_t word[2] = { 0, 8 };

	heap.secret = UINT64_C(0x1234567890abcdef);
	for (unsigned i = 0; i < FEW; i++) {
		while (index_hash(&none, word, 2) & ALIKE)
			word[0]++;
		index_add(&met, &thing[i].node, index_hash(&none, word, 2));
		index_add(&index, &thing[FEW + i].node, index_hash(&heap, word, 2));
		word[0]++;
	}
	check_msg(longest(&met) == FEW, "a number that is known: all are in one chain");
	check_msg(longest(&index) <= LONGEST, "one that is not: the longest chain has %ju",
		  (uintmax_t)longest(&index));
	index_free(&met);
	index_free(&index);
}

/* Without memory to grow the answers stay right. */
static void test_no_memory(void)
{
	enum { FEW = 2000 };

	for (unsigned at = 1; at < 8; at++) {
		struct index index = { 0 };

		alloc_fail_at(at);
		add_all(&index, FEW);
		alloc_failed();
		check(n_found(&index, 0, FEW) == FEW && index.n == FEW);
		index_free(&index);
	}
}

int main(void)
{
	thing = calloc(N, sizeof(*thing));
	require(thing);
	test_many();
	test_same_hash();
	test_chosen();
	test_no_memory();
	free(thing);
	return tap_done();
}
