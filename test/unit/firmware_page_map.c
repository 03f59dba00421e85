// SPDX-License-Identifier: MIT
/* Held against a model with an entry per page. */
#include "firmware/core/page_map.h"
#include "tap.h"
#include "unit/alloc.h"
#include "unit/random.h"

#include <errno.h>
#include <string.h>

enum {
	FIRST = 16, /* page that the described range begins at */
	N_PAGES = 300,
	HOLE = 200, /* an undescribed page */
	ROUNDS = 4000,
};

struct page {
	uint32_t type;
	uint8_t owner, prot;
	bool described;
};

static struct page model[FIRST + N_PAGES + 1];

static bool same(const struct page *p, const struct region *r)
{
	return p->described && p->type == r->type && p->owner == r->owner && p->prot == r->prot;
}

static bool pages_equal(const struct page *a, const struct page *b)
{
	return a->described == b->described &&
	       (!a->described ||
		(a->type == b->type && a->owner == b->owner && a->prot == b->prot));
}

/* Every page as the model has it, and no more regions than it takes to say so. */
static bool agrees(const struct page_map *map)
{
	uint64_t image_pages = 0;
	unsigned n = 0;

	for (unsigned i = 0; i < ARRAY_SIZE(model); i++) {
		const uint64_t addr = (uint64_t)i << PAGE_SHIFT;
		const struct region *r = page_map_find(map, addr);

		if (!r != !model[i].described || (r && !same(&model[i], r)))
			return false;
		if (r && page_map_find(map, addr + PAGE_BYTES - 1) != r)
			return false;
		if (r && (i == 0 || !pages_equal(&model[i], &model[i - 1])))
			n++;
		image_pages += r && r->owner == REGION_IMAGE;
	}
	for (unsigned i = 0; i < map->n; i++)
		if (map->region[i].start >= map->region[i].end ||
		    (i && map->region[i - 1].end > map->region[i].start))
			return false;
	return n == map->n && image_pages == map->image_pages;
}

static struct region pages(unsigned first, unsigned n, uint32_t type, enum region_owner owner,
			   unsigned prot)
{
	return (struct region){ (uint64_t)first << PAGE_SHIFT, (uint64_t)(first + n) << PAGE_SHIFT,
				type, (uint8_t)owner, (uint8_t)prot };
}

/* Into the model; true when type or owner of a page is another one than before. */
static bool model_set(const struct region *r)
{
	bool shown = false;

	for (uint64_t i = r->start >> PAGE_SHIFT; i < r->end >> PAGE_SHIFT; i++) {
		shown |= model[i].type != r->type || model[i].owner != r->owner;
		model[i] = (struct page){ r->type, r->owner, r->prot, true };
	}
	return shown;
}

static void append(struct page_map *map, struct region r)
{
	const uint64_t key = map->key;

	require(page_map_append(map, &r) == 0);
	model_set(&r);
	check(map->key != key);
}

static struct page_map map_new(void)
{
	struct page_map map = { 0 };

	memset(model, 0, sizeof(model));
	append(&map, pages(FIRST, 100, EFI_CONVENTIONAL_MEMORY, REGION_FREE, 0));
	append(&map,
	       pages(FIRST + 100, HOLE - FIRST - 100, EFI_CONVENTIONAL_MEMORY, REGION_FREE, 0));
	append(&map, pages(HOLE + 1, 20, EFI_RESERVED_MEMORY, REGION_HOST, 1));
	append(&map, pages(HOLE + 21, FIRST + N_PAGES - HOLE - 21, EFI_CONVENTIONAL_MEMORY,
			   REGION_FREE, 0));
	check(map.n == 3); /* the first two are one */
	check(agrees(&map));
	return map;
}

/* A range on one side of the hole, with properties that are often its neighbours' too. */
static struct region any_change(void)
{
	const bool above = random_below(2);
	const unsigned lo = above ? HOLE + 1 : FIRST, hi = above ? FIRST + N_PAGES : HOLE;
	const unsigned first = lo + random_below(hi - lo);
	const unsigned n = 1 + random_below(random_below(4) ? 8 : 200);

	return pages(first, first + n > hi ? hi - first : n, random_below(3), random_below(3),
		     random_below(3));
}

static bool model_owned(unsigned first, unsigned n, uint8_t owner)
{
	for (unsigned i = first; i < first + n; i++)
		if (!model[i].described || model[i].owner != owner)
			return false;
	return true;
}

/* The highest place that fits, page by page. */
static uint64_t model_search(uint64_t n, uint64_t align, uint64_t lowest, uint64_t end)
{
	for (unsigned i = ARRAY_SIZE(model); i-- > 1;) {
		const uint64_t addr = (uint64_t)i << PAGE_SHIFT;

		if (addr % align == 0 && addr >= lowest && i + n <= ARRAY_SIZE(model) &&
		    addr + (n << PAGE_SHIFT) <= end && model_owned(i, (unsigned)n, REGION_FREE))
			return addr;
	}
	return 0;
}

/*
 * page_map_search looks into one region at a time: free neighbours that differ
 * in type or permissions do not happen, the map has none and neither has this one.
 */
static void make_free_alike(struct region *r)
{
	if (r->owner != REGION_FREE)
		return;
	r->type = EFI_CONVENTIONAL_MEMORY;
	r->prot = 0;
}

static bool search_agrees(const struct page_map *map)
{
	const uint64_t n = 1 + random_below(random_below(2) ? 4 : 100);
	const uint64_t align = (uint64_t)PAGE_BYTES << random_below(6);
	const uint64_t lowest = PAGE_BYTES + random_below(FIRST + N_PAGES) * (uint64_t)PAGE_BYTES;
	/* also ends that are no page's */
	const uint64_t end =
		random_below(3) ? random_below((FIRST + N_PAGES) * PAGE_BYTES) : UINT64_MAX;

	return page_map_search(map, n, align, lowest, end) == model_search(n, align, lowest, end);
}

static void test_random(void)
{
	struct page_map map = map_new();
	bool right = true, keys = true, owned = true, searches = true;
	struct region r;
	unsigned first;
	uint64_t key;

	for (unsigned i = 0; i < ROUNDS; i++) {
		r = any_change();
		make_free_alike(&r);
		key = map.key;
		right &= page_map_set(&map, &r) == 0;
		keys &= (map.key != key) == model_set(&r);
		right &= agrees(&map);
		r = any_change();
		first = (unsigned)(r.start >> PAGE_SHIFT);
		owned &= page_map_owned(&map, r.start, r.end, r.owner) ==
			 model_owned(first, (unsigned)(r.end >> PAGE_SHIFT) - first, r.owner);
		searches &= search_agrees(&map);
	}
	check_msg(right, "every page as it was set, neighbours that are alike merged");
	check_msg(keys, "another key when type or owner changed, and only then");
	check_msg(owned, "owners of ranges");
	check_msg(searches, "the highest room that there is");
	page_map_free(&map);
	check(map.region == NULL && map.n == 0);
}

static void model_permit(uint64_t start, uint64_t end, const struct permission *p)
{
	for (uint64_t i = start >> PAGE_SHIFT; i < end >> PAGE_SHIFT; i++)
		if (model[i].described && model[i].owner == REGION_IMAGE &&
		    (!p->only || model[i].prot == p->has))
			model[i].prot = (model[i].prot & p->keep) | p->add;
}

/* Across the hole too, and over what is not the image's. */
static void test_permit(void)
{
	struct page_map map = map_new();
	bool right = true, keys = true;
	struct permission p;
	struct region r;
	uint64_t key, end;

	for (unsigned i = 0; i < ROUNDS; i++) {
		r = any_change();
		make_free_alike(&r);
		right &= page_map_set(&map, &r) == 0;
		model_set(&r);
		r = any_change();
		end = random_below(4) ? r.end : (uint64_t)(FIRST + N_PAGES) << PAGE_SHIFT;
		p = (struct permission){ (uint8_t)random_below(4), (uint8_t)random_below(3),
					 random_below(2), (uint8_t)random_below(3) };
		key = map.key;
		right &= page_map_permit(&map, r.start, end, &p) == 0;
		keys &= map.key == key;
		model_permit(r.start, end, &p);
		right &= agrees(&map);
	}
	check_msg(right, "what the image has is permitted, and no more regions than it takes");
	check_msg(keys, "permissions keep the key");
	page_map_free(&map);
}

static void test_permissions_keep_the_key(void)
{
	struct page_map map = map_new();
	struct region r = pages(FIRST + 4, 8, EFI_LOADER_DATA, REGION_IMAGE, 3);
	uint64_t key;

	require(page_map_set(&map, &r) == 0);
	key = map.key;
	r = pages(FIRST + 6, 2, EFI_LOADER_DATA, REGION_IMAGE, 1);
	require(page_map_set(&map, &r) == 0);
	check(map.n == 7 && map.key == key);
	r.prot = 3;
	require(page_map_set(&map, &r) == 0);
	check(map.n == 5 && map.key == key); /* one again */
	r.type = EFI_LOADER_CODE;
	require(page_map_set(&map, &r) == 0);
	check(map.key != key);
	page_map_free(&map);
}

static void test_search_limits(void)
{
	const uint64_t free_end = (uint64_t)(FIRST + N_PAGES) << PAGE_SHIFT;
	struct page_map map = map_new();
	const struct {
		uint64_t n, align, lowest, end, want;
	} rows[] = {
		{ 1, PAGE_BYTES, 1, UINT64_MAX, free_end - PAGE_BYTES },
		{ 1, PAGE_BYTES, 1, free_end, free_end - PAGE_BYTES },
		{ 1, PAGE_BYTES, 1, free_end - 1, free_end - 2 * PAGE_BYTES },
		{ 1, PAGE_BYTES, free_end - PAGE_BYTES, UINT64_MAX, free_end - PAGE_BYTES },
		{ 1, PAGE_BYTES, free_end - PAGE_BYTES + 1, UINT64_MAX, 0 },
		{ HOLE - FIRST, PAGE_BYTES, 1, UINT64_MAX, FIRST * PAGE_BYTES },
		{ HOLE - FIRST + 1, PAGE_BYTES, 1, UINT64_MAX, 0 },
		{ 1, 256 * PAGE_BYTES, 1, UINT64_MAX, 256 * PAGE_BYTES },
		{ 1, 1 << 30, 1, UINT64_MAX, 0 },
		/* so many that their bytes wrap */
		{ UINT64_C(1) << 52, PAGE_BYTES, 1, UINT64_MAX, 0 },
		{ (UINT64_C(1) << 52) + 1, PAGE_BYTES, 1, UINT64_MAX, 0 },
		{ UINT64_MAX, PAGE_BYTES, 1, UINT64_MAX, 0 },
		{ 1, PAGE_BYTES, UINT64_MAX, 0, 0 },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++)
		check_msg(page_map_search(&map, rows[i].n, rows[i].align, rows[i].lowest,
					  rows[i].end) == rows[i].want,
			  "search %u", i);
	check(!page_map_owned(&map, 0, PAGE_BYTES, REGION_FREE));
	check(!page_map_owned(&map, free_end - PAGE_BYTES, free_end + 1, REGION_FREE));
	check(page_map_find(&map, free_end) == NULL && page_map_find(&map, UINT64_MAX) == NULL);
	page_map_free(&map);
}

/* Every second page another type; how far it got when an allocation failed. */
static unsigned cut_up(struct page_map *map, unsigned *ret_done)
{
	struct region r;

	for (*ret_done = 0; *ret_done < 90; ++*ret_done) {
		r = pages(FIRST + 2 * *ret_done, 1, EFI_LOADER_DATA, REGION_IMAGE, 3);
		if (page_map_set(map, &r) < 0)
			return -ENOMEM;
		model_set(&r);
	}
	return 0;
}

static void test_no_memory(void)
{
	struct page_map map;
	unsigned at, done;
	int r;

	for (at = 1;; at++) {
		map = map_new();
		alloc_fail_at(at);
		r = (int)cut_up(&map, &done);
		if (!alloc_failed())
			break;
		check_msg(r == -ENOMEM && agrees(&map), "failing at %u changes nothing", at);
		require(cut_up(&map, &done) == 0);
		check(agrees(&map));
		page_map_free(&map);
	}
	check(at > 1 && agrees(&map) && map.n > 128);
	page_map_free(&map);
	memset(model, 0, sizeof(model));
	alloc_fail_at(1);
	check(page_map_append(&map, &(struct region){ 0, PAGE_BYTES }) == -ENOMEM);
	check(alloc_failed() && map.n == 0 && map.key == 0);
}

int main(void)
{
	test_random();
	test_permit();
	test_permissions_keep_the_key();
	test_search_limits();
	test_no_memory();
	return tap_done();
}
