// SPDX-License-Identifier: MIT
#include "firmware/core/pool.h"
#include "base/util.h"

#include <errno.h>
#include <string.h>

void pool_free_all(struct pool *pool)
{
	for (unsigned t = 0; t < pool->n_types; t++) {
		for (unsigned c = 0; c < POOL_N_CLASSES; c++)
			heap_free(pool->heap, pool->type[t].free[c].addr);
		heap_free(pool->heap, pool->type[t].pages.addr);
	}
	heap_free(pool->heap, pool->type);
	heap_free(pool->heap, pool->piece);
	*pool = (struct pool){ .heap = pool->heap };
}

static int stack_reserve(struct pool *pool, struct pool_stack *s, unsigned more)
{
	unsigned room = s->room ? s->room : 64;
	uint64_t *p;

	while (room < s->n + more)
		room *= 2;
	if (room == s->room)
		return 0;
	p = heap_resize(pool->heap, s->addr, room * sizeof(*p));
	if (!p)
		return -ENOMEM;
	s->addr = p;
	s->room = room;
	return 0;
}

int pool_class(uint64_t n_bytes)
{
	uint64_t size = POOL_SMALLEST;

	for (int c = 0; c < POOL_N_CLASSES; c++, size *= 2)
		if (n_bytes <= size)
			return c;
	return -1;
}

int pool_type_index(struct pool *pool, uint32_t type)
{
	struct pool_type *p;
	unsigned i;

	for (i = 0; i < pool->n_types; i++)
		if (pool->type[i].type == type)
			return (int)i;
	if (i > UINT16_MAX)
		return -ENOMEM;
	p = heap_resize(pool->heap, pool->type, (i + 1) * sizeof(*p));
	if (!p)
		return -ENOMEM;
	pool->type = p;
	pool->type[i] = (struct pool_type){ .type = type };
	pool->n_types++;
	return (int)i;
}

/* Cut a page into pieces; the lowest ends on top of the stack. */
static int cut_page(struct pool *pool, struct pool_type *type, unsigned class)
{
	struct pool_stack *s = &type->free[class];
	uint64_t size = (uint64_t)POOL_SMALLEST << class, page;
	int r = stack_reserve(pool, s, PAGE_BYTES / POOL_SMALLEST);

	if (r < 0)
		return r;
	page = type->pages.addr[--type->pages.n];
	for (uint64_t at = page + PAGE_BYTES; at > page;) {
		at -= size;
		s->addr[s->n++] = at;
	}
	return 0;
}

uint64_t pool_take(struct pool *pool, unsigned type_index, unsigned class)
{
	struct pool_type *type = &pool->type[type_index];
	struct pool_stack *s = &type->free[class];

	if (s->n == 0 && (type->pages.n == 0 || cut_page(pool, type, class) < 0))
		return 0;
	return s->addr[--s->n];
}

int pool_refill(struct pool *pool, unsigned type_index, uint64_t addr, unsigned n_pages)
{
	struct pool_stack *pages = &pool->type[type_index].pages;
	int r = stack_reserve(pool, pages, n_pages);

	if (r < 0)
		return r;
	for (unsigned i = n_pages; i-- > 0;)
		pages->addr[pages->n++] = addr + (uint64_t)i * PAGE_BYTES;
	return 0;
}

/*
 * Addresses are multiples of 16; the multiplication spreads them over the high bits. By what factor
 * the image does not know, or it could have all its pieces meet at one place.
 */
static unsigned place_of(const struct pool *pool, uint64_t addr)
{
	const uint64_t secret = pool->heap ? 2 * pool->heap->secret : 0;

	return (unsigned)(addr / POOL_SMALLEST * (UINT64_C(0x9e3779b97f4a7c15) ^ secret) >> 32) &
	       (pool->room - 1);
}

static void put(struct pool *pool, const struct pool_piece *piece)
{
	unsigned i = place_of(pool, piece->addr);

	while (pool->piece[i].addr)
		i = (i + 1) & (pool->room - 1);
	pool->piece[i] = *piece;
}

static int grow(struct pool *pool)
{
	struct pool bigger = *pool;

	bigger.room = pool->room ? pool->room * 2 : 1024;
	bigger.piece = heap_new(pool->heap, bigger.room * sizeof(*bigger.piece));
	if (!bigger.piece)
		return -ENOMEM;
	for (unsigned i = 0; i < pool->room; i++)
		if (pool->piece[i].addr)
			put(&bigger, &pool->piece[i]);
	heap_free(pool->heap, pool->piece);
	*pool = bigger;
	return 0;
}

int pool_remember(struct pool *pool, const struct pool_piece *piece)
{
	int r = 0;

	if (pool->n_pieces * 2 >= pool->room)
		r = grow(pool);
	if (r < 0)
		return r;
	put(pool, piece);
	pool->n_pieces++;
	return 0;
}

/* Close the gap at i: whoever could have stood there moves up (Knuth, 6.4 algorithm R). */
static void take_out(struct pool *pool, unsigned i)
{
	const unsigned mask = pool->room - 1;
	unsigned home;

	for (unsigned j = (i + 1) & mask; pool->piece[j].addr; j = (j + 1) & mask) {
		home = place_of(pool, pool->piece[j].addr);
		if (((j - home) & mask) < ((j - i) & mask))
			continue;
		pool->piece[i] = pool->piece[j];
		i = j;
	}
	pool->piece[i].addr = 0;
	pool->n_pieces--;
}

bool pool_forget(struct pool *pool, uint64_t addr, struct pool_piece *ret_piece)
{
	struct pool_stack *s;
	unsigned i;

	if (!pool->room || !addr)
		return false;
	for (i = place_of(pool, addr); pool->piece[i].addr != addr; i = (i + 1) & (pool->room - 1))
		if (!pool->piece[i].addr)
			return false;
	*ret_piece = pool->piece[i];
	take_out(pool, i);
	if (ret_piece->n_pages == 0) {
		/* without memory to note it in, the piece is lost, not the pool */
		s = &pool->type[ret_piece->type].free[ret_piece->class];
		if (stack_reserve(pool, s, 1) == 0)
			s->addr[s->n++] = addr;
	}
	return true;
}
