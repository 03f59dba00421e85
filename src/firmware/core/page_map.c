// SPDX-License-Identifier: MIT
#include "firmware/core/page_map.h"
#include "base/util.h"

#include <errno.h>
#include <string.h>

void page_map_free(struct page_map *map)
{
	heap_free(map->heap, map->region);
	*map = (struct page_map){ .heap = map->heap };
}

static int reserve(struct page_map *map, unsigned n)
{
	unsigned room = map->room ? map->room : 64;
	struct region *p;

	while (room < n)
		room *= 2;
	if (room == map->room)
		return 0;
	p = heap_resize(map->heap, map->region, room * sizeof(*p));
	if (!p)
		return -ENOMEM;
	map->region = p;
	map->room = room;
	return 0;
}

/* Index of the first region that ends behind addr; n when there is none. */
static unsigned index_of(const struct page_map *map, uint64_t addr)
{
	unsigned lo = 0, hi = map->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (map->region[mid].end > addr)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

static bool alike(const struct region *a, const struct region *b)
{
	return a->type == b->type && a->owner == b->owner && a->prot == b->prot &&
	       a->end == b->start;
}

static uint64_t pages_of(const struct region *r)
{
	return (r->end - r->start) >> PAGE_SHIFT;
}

int page_map_append(struct page_map *map, const struct region *region)
{
	int r = reserve(map, map->n + 1);

	if (r < 0)
		return r;
	if (map->n && alike(&map->region[map->n - 1], region))
		map->region[map->n - 1].end = region->end;
	else
		map->region[map->n++] = *region;
	if (region->owner == REGION_IMAGE)
		map->image_pages += pages_of(region);
	map->key++;
	return 0;
}

const struct region *page_map_find(const struct page_map *map, uint64_t addr)
{
	unsigned i = index_of(map, addr);

	return i < map->n && map->region[i].start <= addr ? &map->region[i] : NULL;
}

const struct region *page_map_behind(const struct page_map *map, uint64_t addr)
{
	unsigned i = index_of(map, addr);

	return i < map->n ? &map->region[i] : NULL;
}

bool page_map_owned(const struct page_map *map, uint64_t start, uint64_t end,
		    enum region_owner owner)
{
	unsigned i = index_of(map, start);

	for (; start < end; i++) {
		if (i == map->n || map->region[i].start > start || map->region[i].owner != owner)
			return false;
		start = map->region[i].end;
	}
	return true;
}

static void remove_at(struct page_map *map, unsigned i)
{
	memmove(&map->region[i], &map->region[i + 1], (map->n - i - 1) * sizeof(map->region[0]));
	map->n--;
}

/* n pieces in the place of regions [from, to): there must be room. What lies behind moves once. */
static void replace(struct page_map *map, unsigned from, unsigned to, const struct region *piece,
		    unsigned n)
{
	if (to - from != n)
		memmove(&map->region[from + n], &map->region[to],
			(map->n - to) * sizeof(map->region[0]));
	if (n)
		memcpy(&map->region[from], piece, n * sizeof(*piece));
	map->n = map->n - (to - from) + n;
}

static void merge_around(struct page_map *map, unsigned i)
{
	if (i + 1 < map->n && alike(&map->region[i], &map->region[i + 1])) {
		map->region[i].end = map->region[i + 1].end;
		remove_at(map, i + 1);
	}
	if (i > 0 && alike(&map->region[i - 1], &map->region[i])) {
		map->region[i - 1].end = map->region[i].end;
		remove_at(map, i);
	}
}

/* The part of r that lies inside of to. */
static uint64_t pages_inside(const struct region *r, const struct region *to)
{
	return (min_u64(r->end, to->end) - max_u64(r->start, to->start)) >> PAGE_SHIFT;
}

int page_map_set(struct page_map *map, const struct region *to)
{
	const unsigned first = index_of(map, to->start);
	struct region piece[3];
	unsigned end = first, n = 0, at;
	bool shown = false;
	int r;

	r = reserve(map, map->n + 2);
	if (r < 0)
		return r;
	for (; end < map->n && map->region[end].start < to->end; end++) {
		const struct region *old = &map->region[end];

		if (old->owner == REGION_IMAGE)
			map->image_pages -= pages_inside(old, to);
		shown |= old->type != to->type || old->owner != to->owner;
	}
	if (end > first && map->region[first].start < to->start) {
		piece[n] = map->region[first];
		piece[n++].end = to->start;
	}
	at = first + n;
	piece[n++] = *to;
	if (end > first && map->region[end - 1].end > to->end) {
		piece[n] = map->region[end - 1];
		piece[n++].start = to->end;
	}
	replace(map, first, end, piece, n);
	if (to->owner == REGION_IMAGE)
		map->image_pages += pages_of(to);
	merge_around(map, at);
	map->key += shown; /* permissions are not in the map, and do not make it stale */
	return 0;
}

/* A region begins at addr then, unless there is none: there must be room for one more. */
static void split(struct page_map *map, uint64_t addr)
{
	const unsigned i = index_of(map, addr);
	struct region piece[2];

	if (i == map->n || map->region[i].start >= addr)
		return;
	piece[0] = piece[1] = map->region[i];
	piece[0].end = piece[1].start = addr;
	replace(map, i, i + 1, piece, 2);
}

/* Of the regions [from, to), and those on both sides; what lies behind moves once. */
static void merge(struct page_map *map, unsigned from, unsigned to)
{
	unsigned kept = from ? from - 1 : 0, i;

	if (to < map->n)
		to++;
	for (i = kept + 1; i < to; i++) {
		if (alike(&map->region[kept], &map->region[i]))
			map->region[kept].end = map->region[i].end;
		else
			map->region[++kept] = map->region[i];
	}
	if (kept + 1 < to)
		replace(map, kept + 1, to, NULL, 0);
}

int page_map_permit(struct page_map *map, uint64_t start, uint64_t end,
		    const struct permission *permission)
{
	unsigned first, i;
	int r;

	r = reserve(map, map->n + 2);
	if (r < 0)
		return r;
	split(map, start);
	split(map, end);
	first = index_of(map, start);
	for (i = first; i < map->n && map->region[i].start < end; i++) {
		struct region *at = &map->region[i];

		if (at->owner == REGION_IMAGE && (!permission->only || at->prot == permission->has))
			at->prot = (at->prot & permission->keep) | permission->add;
	}
	merge(map, first, i);
	return 0;
}

uint64_t page_map_search(const struct page_map *map, uint64_t n_pages, uint64_t align,
			 uint64_t lowest, uint64_t end)
{
	uint64_t top, bottom, addr;

	for (unsigned i = map->n; i-- > 0;) {
		const struct region *r = &map->region[i];

		if (r->owner != REGION_FREE)
			continue;
		bottom = max_u64(r->start, lowest);
		top = min_u64(r->end, end);
		if (top <= bottom || (top - bottom) >> PAGE_SHIFT < n_pages)
			continue;
		addr = align_down(top - (n_pages << PAGE_SHIFT), align);
		if (addr >= bottom)
			return addr;
	}
	return 0;
}
