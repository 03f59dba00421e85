// SPDX-License-Identifier: MIT
/*
 * A page is free, or holds pieces of one size, or is part of a run of pages. All that says so
 * lies in the ordinary heap: what is written over a piece's end finds no list to change.
 */
#include "base/arena.h"
#include "base/util.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#ifdef SANITIZED
#include <sanitizer/asan_interface.h>
#define FORBID(p, n) ASAN_POISON_MEMORY_REGION(p, n)
#define ALLOW(p, n) ASAN_UNPOISON_MEMORY_REGION(p, n)
#else
#define FORBID(p, n) ((void)0)
#define ALLOW(p, n) ((void)0)
#endif

enum { SMALLEST = 32, N_CLASSES = 7, MAX_PIECES = PAGE_BYTES / SMALLEST }; /* up to 2048 bytes */

enum page_use { PAGE_FREE, PAGE_RUN, PAGE_INSIDE_RUN, PAGE_PIECES };

struct page {
	uint8_t use, class;
	uint16_t n_used;		 /* pieces */
	uint32_t n_pages;		 /* of a run, at its first page */
	uint64_t taken[MAX_PIECES / 64]; /* pieces */
};

struct arena {
	uint8_t *start;			      /* behind the guard page */
	uint64_t n_pages, end;		      /* no page behind end was ever used */
	uint64_t hint[N_CLASSES], first_free; /* where to begin to look */
	struct page page[];
};

struct arena *arena_open(uint64_t n_bytes)
{
	const uint64_t n = pages_for(n_bytes);
	struct arena *a = calloc(1, sizeof(*a) + n * sizeof(a->page[0]));
	uint8_t *p;

	if (!a)
		return NULL;
	p = mmap(NULL, (n + 2) << PAGE_SHIFT, PROT_NONE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED || mprotect(p + PAGE_BYTES, n << PAGE_SHIFT, PROT_READ | PROT_WRITE)) {
		if (p != MAP_FAILED)
			munmap(p, (n + 2) << PAGE_SHIFT);
		free(a);
		return NULL;
	}
	a->start = p + PAGE_BYTES;
	a->n_pages = n;
	/* a core of ours need not carry what they hold, which may be secret */
	madvise(a->start, n << PAGE_SHIFT, MADV_DONTDUMP);
	return a;
}

void arena_close(struct arena *a)
{
	if (!a)
		return;
	ALLOW(a->start, a->end << PAGE_SHIFT);
	explicit_bzero(a->start, a->end << PAGE_SHIFT);
	munmap(a->start - PAGE_BYTES, (a->n_pages + 2) << PAGE_SHIFT);
	free(a);
}

static uint8_t *page_at(const struct arena *a, uint64_t i)
{
	return a->start + (i << PAGE_SHIFT);
}

/* n free pages behind one another; n_pages when there are none. */
static uint64_t find_run(struct arena *a, uint64_t n)
{
	uint64_t run = 0;

	for (uint64_t i = a->first_free; i < a->n_pages; i++) {
		run = a->page[i].use == PAGE_FREE ? run + 1 : 0;
		if (run == n)
			return i + 1 - n;
	}
	return a->n_pages;
}

static uint64_t take_pages(struct arena *a, uint64_t n, uint64_t *inout_used, uint64_t limit)
{
	uint64_t at;

	if (n > a->n_pages || (n << PAGE_SHIFT) > limit || *inout_used > limit - (n << PAGE_SHIFT))
		return a->n_pages;
	at = find_run(a, n);
	if (at == a->n_pages)
		return at;
	*inout_used += n << PAGE_SHIFT;
	a->end = max_u64(a->end, at + n);
	for (uint64_t i = 0; i < n; i++)
		a->page[at + i] = (struct page){ .use = i ? PAGE_INSIDE_RUN : PAGE_RUN };
	a->page[at].n_pages = (uint32_t)n;
	FORBID(page_at(a, at), n << PAGE_SHIFT);
	while (a->first_free < a->n_pages && a->page[a->first_free].use != PAGE_FREE)
		a->first_free++;
	return at;
}

/* To the kernel, which gives zeroes when they are used again. */
static void give_pages(struct arena *a, uint64_t at, uint64_t n, uint64_t *inout_used)
{
	ALLOW(page_at(a, at), n << PAGE_SHIFT);
	explicit_bzero(page_at(a, at), n << PAGE_SHIFT);
	madvise(page_at(a, at), n << PAGE_SHIFT, MADV_DONTNEED);
	FORBID(page_at(a, at), n << PAGE_SHIFT);
	for (uint64_t i = 0; i < n; i++)
		a->page[at + i].use = PAGE_FREE;
	a->first_free = min_u64(a->first_free, at);
	*inout_used -= n << PAGE_SHIFT;
}

static unsigned pieces_of(unsigned class)
{
	return PAGE_BYTES / (SMALLEST << class);
}

/* A page of this class that has a piece free, or a new one. */
static uint64_t page_with_piece(struct arena *a, unsigned class, uint64_t *inout_used,
				uint64_t limit)
{
	uint64_t at;

	for (at = a->hint[class]; at < a->end; at++)
		if (a->page[at].use == PAGE_PIECES && a->page[at].class == class &&
		    a->page[at].n_used < pieces_of(class))
			break;
	if (at >= a->end) {
		at = take_pages(a, 1, inout_used, limit);
		if (at == a->n_pages)
			return at;
		a->page[at] = (struct page){ .use = PAGE_PIECES, .class = (uint8_t) class };
	}
	a->hint[class] = at;
	return at;
}

static void *take_piece(struct arena *a, unsigned class, size_t n_bytes, uint64_t *inout_used,
			uint64_t limit)
{
	const uint64_t at = page_with_piece(a, class, inout_used, limit);
	struct page *page = &a->page[at];
	uint8_t *p;

	if (at == a->n_pages)
		return NULL;
	for (unsigned i = 0; i < pieces_of(class); i++) {
		if (page->taken[i / 64] >> i % 64 & 1)
			continue;
		page->taken[i / 64] |= UINT64_C(1) << i % 64;
		page->n_used++;
		p = page_at(a, at) + (size_t)i * (SMALLEST << class);
		ALLOW(p, n_bytes);
		return p;
	}
	abort(); /* n_used said there is one */
}

void *arena_take(struct arena *a, size_t n_bytes, uint64_t *inout_used, uint64_t limit)
{
	uint64_t at;

	for (unsigned class = 0; class < N_CLASSES; class ++)
		if (n_bytes <= (size_t)SMALLEST << class)
			return take_piece(a, class, n_bytes, inout_used, limit);
	if (n_bytes > a->n_pages << PAGE_SHIFT)
		return NULL;
	at = take_pages(a, pages_for(n_bytes), inout_used, limit);
	if (at == a->n_pages)
		return NULL;
	ALLOW(page_at(a, at), n_bytes);
	return page_at(a, at);
}

static void give_piece(struct arena *a, uint64_t at, const void *p, uint64_t *inout_used)
{
	struct page *page = &a->page[at];
	const size_t size = (size_t)SMALLEST << page->class;
	const size_t i = (size_t)((const uint8_t *)p - page_at(a, at)) / size;

	if (!(page->taken[i / 64] >> i % 64 & 1))
		abort();
	page->taken[i / 64] &= ~(UINT64_C(1) << i % 64);
	a->hint[page->class] = min_u64(a->hint[page->class], at);
	if (--page->n_used == 0) {
		give_pages(a, at, 1, inout_used);
		return;
	}
	ALLOW((void *)p, size);
	explicit_bzero((void *)p, size);
	FORBID((void *)p, size);
}

void arena_give(struct arena *a, const void *p, uint64_t *inout_used)
{
	const uint64_t at = (uint64_t)((const uint8_t *)p - a->start) >> PAGE_SHIFT;

	/* not one of ours, or given back twice: nothing can be trusted any more */
	if (at >= a->n_pages)
		abort();
	if (a->page[at].use == PAGE_PIECES)
		give_piece(a, at, p, inout_used);
	else if (a->page[at].use == PAGE_RUN)
		give_pages(a, at, a->page[at].n_pages, inout_used);
	else
		abort();
}
