// SPDX-License-Identifier: MIT
#include "base/heap.h"
#include "base/arena.h"
#include "base/util.h"

#include <stdlib.h>
#include <string.h>

/* In front of each structure: what it cost. 16 bytes, so that what follows is aligned as malloc's.
 */
struct head {
	uint64_t cost, n_bytes;
};

enum { MALLOC_COST = 16 }; /* about what malloc(3) adds to each */

static uint64_t cost_of(size_t n_bytes)
{
	return align_up(n_bytes, 16) + sizeof(struct head) + MALLOC_COST;
}

static bool fits(const struct heap *heap, uint64_t more)
{
	return !heap || (more <= heap->limit && heap->used <= heap->limit - more);
}

static struct head *head_of(void *p)
{
	return (struct head *)p - 1;
}

void *heap_new(struct heap *heap, size_t n_bytes)
{
	struct head *h;

	if (n_bytes > SIZE_MAX / 2 || !fits(heap, cost_of(n_bytes)))
		return NULL;
	h = calloc(1, sizeof(*h) + n_bytes);
	if (!h)
		return NULL;
	*h = (struct head){ cost_of(n_bytes), n_bytes };
	if (heap)
		heap->used += h->cost;
	return h + 1;
}

void *heap_resize(struct heap *heap, void *p, size_t n_bytes)
{
	struct head *h, *old;
	size_t before;

	if (!p)
		return heap_new(heap, n_bytes);
	old = head_of(p);
	before = old->n_bytes;
	/* the old and the new one are there at the same time while it moves */
	if (n_bytes > SIZE_MAX / 2 || !fits(heap, cost_of(n_bytes)))
		return NULL;
	h = realloc(old, sizeof(*h) + n_bytes);
	if (!h)
		return NULL;
	if (heap)
		heap->used += cost_of(n_bytes) - h->cost;
	*h = (struct head){ cost_of(n_bytes), n_bytes };
	if (n_bytes > before)
		memset((uint8_t *)(h + 1) + before, 0, n_bytes - before);
	return h + 1;
}

void heap_free(struct heap *heap, void *p)
{
	if (!p)
		return;
	if (heap)
		heap->used -= head_of(p)->cost;
	free(head_of(p));
}

uint8_t *heap_bytes(struct heap *heap, size_t n_bytes)
{
	if (!heap)
		return heap_new(NULL, n_bytes);
	if (!heap->arena)
		heap->arena = arena_open(heap->limit);
	return heap->arena ? arena_take(heap->arena, n_bytes, &heap->used, heap->limit) : NULL;
}

void heap_bytes_free(struct heap *heap, const void *p)
{
	if (!p)
		return;
	if (heap)
		arena_give(heap->arena, p, &heap->used);
	else
		heap_free(NULL, (void *)p);
}

void heap_close(struct heap *heap)
{
	arena_close(heap->arena);
	heap->arena = NULL;
}
