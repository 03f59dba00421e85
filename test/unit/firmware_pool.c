// SPDX-License-Identifier: MIT
/* Held against a list of what is in use. */
#include "firmware/core/pool.h"
#include "tap.h"
#include "unit/alloc.h"
#include "unit/random.h"

#include <errno.h>
#include <string.h>
#include <time.h>

enum { MANY = 100000, SLOTS = 3000, ROUNDS = 60000, TYPES = 3 };

/* What a caller keeps of a piece. */
struct used {
	uint64_t addr, n_bytes;
	unsigned type;
};

static uint64_t next_page = 0x100000;

/* As firmware/core/memory.c does it, without a map: pages come one behind the other. */
static int take(struct pool *pool, uint32_t type, uint64_t n_bytes, uint64_t *ret_addr)
{
	const int index = pool_type_index(pool, type), class = pool_class(n_bytes);
	struct pool_piece piece = { 0 };

	if (index < 0)
		return index;
	piece.type = (uint16_t)index;
	if (class < 0) {
		piece.n_pages = (uint32_t)pages_for(n_bytes);
		piece.addr = next_page;
		next_page += pages_for(n_bytes) << PAGE_SHIFT;
	} else {
		piece.class = (uint8_t) class;
		piece.addr = pool_take(pool, (unsigned)index, (unsigned)class);
		if (!piece.addr) {
			if (pool_refill(pool, (unsigned)index, next_page, POOL_ARENA_PAGES) < 0)
				return -ENOMEM;
			next_page += (uint64_t)POOL_ARENA_PAGES << PAGE_SHIFT;
			piece.addr = pool_take(pool, (unsigned)index, (unsigned)class);
		}
	}
	if (!piece.addr || pool_remember(pool, &piece) < 0)
		return -ENOMEM;
	*ret_addr = piece.addr;
	return 0;
}

static void test_classes(void)
{
	static const struct {
		uint64_t n_bytes;
		int class;
	} rows[] = {
		{ 0, 0 },    { 1, 0 },	  { 16, 0 },	{ 17, 1 },    { 32, 1 },
		{ 33, 2 },   { 64, 2 },	  { 65, 3 },	{ 128, 3 },   { 129, 4 },
		{ 256, 4 },  { 257, 5 },  { 512, 5 },	{ 513, 6 },   { 1024, 6 },
		{ 1025, 7 }, { 2048, 7 }, { 2049, -1 }, { 4096, -1 }, { UINT64_MAX, -1 },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++)
		check_msg(pool_class(rows[i].n_bytes) == rows[i].class, "class of %ju",
			  (uintmax_t)rows[i].n_bytes);
}

/* All pieces of two pages, lowest first, whole and apart. */
static void test_pages(void)
{
	struct pool pool = { 0 };
	const uint64_t page = 0x5000;
	uint64_t addr;

	for (unsigned class = 0; class < POOL_N_CLASSES; class ++) {
		const unsigned size = POOL_SMALLEST << class, type = class + 100;
		const int index = pool_type_index(&pool, type);
		bool in_order = true;

		require(index == (int)class && pool_type_index(&pool, type) == index);
		check(pool_take(&pool, class, class) == 0);
		require(pool_refill(&pool, class, page, 2) == 0);
		for (unsigned at = 0; at < 2 * PAGE_BYTES; at += size) {
			addr = pool_take(&pool, class, class);
			in_order &= addr == page + at;
		}
		check_msg(in_order, "pieces of %u bytes", size);
		check(pool_take(&pool, class, class) == 0);
	}
	/* pages serve one class each, and one type only */
	require(pool_refill(&pool, 0, page, 1) == 0);
	check(pool_take(&pool, 1, 0) == 0);
	check(pool_take(&pool, 0, 3) == page);
	check(pool_take(&pool, 0, 4) == 0);
	pool_free_all(&pool);
	check(pool.n_types == 0 && pool.room == 0 && pool.type == NULL);
}

static bool overlaps(const struct used *a, const struct used *b)
{
	return a->addr < b->addr + b->n_bytes && b->addr < a->addr + a->n_bytes;
}

static int by_addr(const void *a, const void *b)
{
	const struct used *x = a, *y = b;

	return x->addr < y->addr ? -1 : x->addr > y->addr;
}

static bool disjoint(const struct used *used)
{
	static struct used sorted[SLOTS];

	memcpy(sorted, used, sizeof(sorted));
	qsort(sorted, SLOTS, sizeof(sorted[0]), by_addr);
	for (unsigned i = 1; i < SLOTS; i++)
		if (sorted[i - 1].addr && overlaps(&sorted[i - 1], &sorted[i]))
			return false;
	return true;
}

/* Back, and everything as it was noted; and not a second time. */
static bool give_back(struct pool *pool, struct used *u)
{
	const int class = pool_class(u->n_bytes);
	struct pool_piece piece;

	if (!pool_forget(pool, u->addr, &piece) || piece.addr != u->addr)
		return false;
	if (pool->type[piece.type].type != u->type)
		return false;
	if (class < 0 ? piece.n_pages != pages_for(u->n_bytes)
		      : piece.n_pages != 0 || piece.class != class)
		return false;
	if (pool_forget(pool, u->addr, &piece) || pool_forget(pool, u->addr + 1, &piece))
		return false;
	*u = (struct used){ 0 };
	return true;
}

static void test_random(void)
{
	static struct used used[SLOTS];
	struct pool pool = { 0 };
	bool apart = true, freed = true, counted = true;
	unsigned n = 0;
	struct used *u;

	for (unsigned i = 0; i < ROUNDS; i++) {
		u = &used[random_below(SLOTS)];
		if (u->addr) {
			freed &= give_back(&pool, u);
			n--;
		} else {
			u->type = random_below(TYPES);
			u->n_bytes = 1 + random_below(random_below(8) ? 300 : 9000);
			freed &= take(&pool, u->type, u->n_bytes, &u->addr) == 0;
			n++;
		}
		counted &= pool.n_pieces == n && pool.n_pieces * 2 <= pool.room;
		if (i % 500 == 0)
			apart &= disjoint(used);
	}
	check_msg(apart, "no two pieces overlap");
	check_msg(freed, "each piece goes back as what it was, once");
	check_msg(counted, "the hash is never more than half full");
	for (unsigned i = 0; i < SLOTS; i++)
		if (used[i].addr)
			freed &= give_back(&pool, &used[i]);
	check(freed && pool.n_pieces == 0);
	pool_free_all(&pool);
}

/* What was given back is taken before new pages are. */
static void test_reuse(void)
{
	struct pool pool = { 0 };
	struct pool_piece piece;
	uint64_t a, b, again;

	require(take(&pool, 1, 100, &a) == 0 && take(&pool, 1, 100, &b) == 0);
	require(pool_forget(&pool, a, &piece));
	require(take(&pool, 1, 120, &again) == 0);
	check(again == a);
	require(take(&pool, 2, 100, &again) == 0);
	check(again != a && again != b);
	check(!pool_forget(&pool, 0, &piece));
	pool_free_all(&pool);
	check(!pool_forget(&pool, a, &piece));
}

static void test_many(void)
{
	static uint64_t addr[MANY];
	struct timespec t0, t1;
	struct pool pool = { 0 };
	struct pool_piece piece;
	bool all = true;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t0);
	for (unsigned i = 0; i < MANY; i++)
		all &= take(&pool, 4, 16, &addr[i]) == 0;
	for (unsigned i = 0; i < MANY; i += 2)
		all &= pool_forget(&pool, addr[i], &piece);
	for (unsigned i = 1; i < MANY; i += 2)
		all &= pool_forget(&pool, addr[i], &piece);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t1);
	check(all && pool.n_pieces == 0);
	/* milliseconds; a search that goes over all of them would take minutes */
	check(t1.tv_sec - t0.tv_sec < 5);
	pool_free_all(&pool);
}

/* 2000 pieces of all kinds; as far as it gets. */
static int fill(struct pool *pool, uint64_t addr[static 2000], unsigned *ret_n)
{
	int r = 0;

	for (*ret_n = 0; *ret_n < 2000 && r == 0; *ret_n += r == 0)
		r = take(pool, *ret_n % 3, *ret_n % 3000 + 1, &addr[*ret_n]);
	return r;
}

static void test_no_memory(void)
{
	static uint64_t addr[2000];
	struct pool_piece piece;
	struct pool pool;
	unsigned at, n;
	bool all = true;
	int r;

	for (at = 1;; at++) {
		pool = (struct pool){ 0 };
		alloc_fail_at(at);
		r = fill(&pool, addr, &n);
		if (!alloc_failed())
			break;
		/* or new pages came to help where old ones could not be cut */
		all = (r == -ENOMEM || n == 2000) && pool.n_pieces == n;
		for (unsigned i = 0; i < n; i++)
			all &= pool_forget(&pool, addr[i], &piece);
		check_msg(all && pool.n_pieces == 0, "failing at %u loses nothing in use", at);
		r = fill(&pool, addr, &n);
		check(r == 0 && pool.n_pieces == 2000);
		pool_free_all(&pool);
	}
	check(r == 0 && at > 20 && n == 2000);
	all = true;
	/* without memory to note a free piece in, it is lost, and only it */
	alloc_fail_at(1);
	for (unsigned i = 0; i < n; i++)
		all &= pool_forget(&pool, addr[i], &piece);
	alloc_failed();
	check(all && pool.n_pieces == 0);
	pool_free_all(&pool);
}

static void test_types(void)
{
	struct pool pool = { 0 };
	int last = 0;

	for (uint32_t t = 0; t <= 4096; t++)
		last = pool_type_index(&pool, 0x70000000 + t);
	check(last == 4096 && pool_type_index(&pool, 0x70000000) == 0);
	pool_free_all(&pool);
}

/* Places in use behind one another, at most. */
static unsigned longest_run(const struct pool *pool)
{
	unsigned run = 0, most = 0;

	for (unsigned i = 0; i < pool->room; i++) {
		run = pool->piece[i].addr ? run + 1 : 0;
		most = run > most ? run : most;
	}
	return most;
}

static unsigned run_of_chosen(uint64_t secret)
{
	enum { N = 4000, PLACES = 1 << 16, FIRST_FEW = 64 };
	struct heap heap = { .limit = UINT64_MAX, .secret = secret };
	struct pool pool = { .heap = &heap };
	struct pool_piece piece = { .n_pages = 1 };
	uint64_t addr = 0x100000;
	unsigned longest;

	for (unsigned i = 0; i < N; i++, addr += POOL_SMALLEST) {
		/* the first places, with the factor that is known */
		while ((addr / POOL_SMALLEST * UINT64_C(0x9e3779b97f4a7c15) >> 32) % PLACES >=
		       FIRST_FEW)
			addr += POOL_SMALLEST;
		piece.addr = addr;
		if (pool_remember(&pool, &piece) < 0)
			return 0;
	}
	longest = longest_run(&pool);
	pool_free_all(&pool);
	return longest;
}

/* Addresses chosen such that all pieces meet, by who does not know the factor. */
static void test_chosen(void)
{
	const unsigned unknown = run_of_chosen(UINT64_C(0x1234567890abcdef));

	check_msg(run_of_chosen(0) > 2000, "they meet where it is known");
	check_msg(unknown && unknown < 300, "and else %u at most", unknown);
}

int main(void)
{
	test_classes();
	test_pages();
	test_random();
	test_reuse();
	test_many();
	test_no_memory();
	test_types();
	test_chosen();
	return tap_done();
}
