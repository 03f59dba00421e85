// SPDX-License-Identifier: MIT
/* A limit, and bytes of others apart from structures of ours. */
#include "base/heap.h"
#include "base/util.h"
#include "tap.h"
#include "unit/alloc.h"
#include "unit/random.h"

#include <setjmp.h>
#include <signal.h>
#include <string.h>

enum { LIMIT = 1 << 20, MANY = 2000, ROUNDS = 40000 };

static bool all_zero(const void *p, size_t n)
{
	const uint8_t *b = p;

	while (n-- > 0)
		if (b[n])
			return false;
	return true;
}

static void test_structures(void)
{
	struct heap heap = { .limit = LIMIT };
	uint8_t *p = heap_new(&heap, 100), *q;

	require(p);
	check(all_zero(p, 100) && heap.used >= 100);
	memset(p, 0x55, 100);
	q = heap_resize(&heap, p, 5000);
	require(q);
	check(q[0] == 0x55 && q[99] == 0x55 && all_zero(q + 100, 4900));
	check(!heap_resize(&heap, q, LIMIT) && q[99] == 0x55);
	check(!heap_new(&heap, LIMIT) && !heap_new(&heap, SIZE_MAX) &&
	      !heap_new(&heap, SIZE_MAX - 40));
	heap_free(&heap, q);
	heap_free(&heap, NULL);
	check(heap.used == 0);
	p = heap_resize(NULL, NULL, 8);
	require(p);
	check(all_zero(p, 8));
	heap_free(NULL, p);
}

/* However small they are, what they cost in all stays below the limit. */
static void test_limit(void)
{
	static void *kept[LIMIT / 16];
	struct heap heap = { .limit = LIMIT };
	unsigned n = 0, n_bytes = 0;

	while ((kept[n] = heap_new(&heap, 8)))
		n++;
	check_msg(n > LIMIT / 64 && n <= LIMIT / 32 && heap.used <= LIMIT, "%u structures", n);
	check(!heap_bytes(&heap, 1));
	while (n > 0)
		heap_free(&heap, kept[--n]);
	while ((kept[n_bytes] = heap_bytes(&heap, 8)))
		n_bytes++;
	check_msg(n_bytes == LIMIT / 32 && heap.used == LIMIT, "%u pieces of bytes", n_bytes);
	check(!heap_new(&heap, 1));
	while (n_bytes > 0)
		heap_bytes_free(&heap, kept[--n_bytes]);
	check(heap.used == 0);
	heap_close(&heap);
}

/* Held against what was written to each. */
static void test_bytes(void)
{
	static struct {
		uint8_t *p;
		size_t n;
	} kept[MANY];
	struct heap heap = { .limit = 32 << 20 };
	unsigned n_wrong = 0, i;

	for (unsigned round = 0; round < ROUNDS; round++) {
		i = (unsigned)(random_u64() % MANY);
		if (kept[i].p) {
			for (size_t k = 0; k < kept[i].n; k++)
				n_wrong += kept[i].p[k] != (uint8_t)i;
			heap_bytes_free(&heap, kept[i].p);
			kept[i].p = NULL;
			continue;
		}
		kept[i].n = random_u64() % (round % 50 ? 600 : 20000);
		kept[i].p = heap_bytes(&heap, kept[i].n);
		n_wrong += !kept[i].p || !all_zero(kept[i].p, kept[i].n);
		if (kept[i].p)
			memset(kept[i].p, (int)i, kept[i].n);
	}
	check_msg(n_wrong == 0, "%u times taken or given, %u wrong", ROUNDS, n_wrong);
	for (i = 0; i < MANY; i++)
		heap_bytes_free(&heap, kept[i].p);
	check(heap.used == 0);
	check(!heap_bytes(&heap, (32 << 20) + 1));
	heap_close(&heap);
}

static sigjmp_buf out;

static void on_fault(int number)
{
	siglongjmp(out, 1);
}

/* An address that faults, without a sanitizer's having a say. */
__attribute__((no_sanitize("address"))) static bool faults(volatile uint8_t *p)
{
	struct sigaction old, action = { .sa_handler = on_fault };
	bool faulted = true;

	sigaction(SIGSEGV, &action, &old);
	if (sigsetjmp(out, 1) == 0) {
		*p;
		faulted = false;
	}
	sigaction(SIGSEGV, &old, NULL);
	return faulted;
}

/* All of it taken: the page before the first and the one behind the last are nobody's. */
static void test_guards(void)
{
	struct heap heap = { .limit = LIMIT };
	uint8_t *p = heap_bytes(&heap, LIMIT);

	require(p);
	p[0] = p[LIMIT - 1] = 1;
	check(!faults(p) && !faults(p + LIMIT - 1));
	check_msg(faults(p - 1), "a page before them that nobody may touch");
	check_msg(faults(p + LIMIT), "and one behind them");
	heap_close(&heap);
}

static void test_without_memory(void)
{
	struct heap heap = { .limit = LIMIT };

	alloc_fail_at(1);
	check(!heap_new(&heap, 8) && alloc_failed() && heap.used == 0);
	alloc_fail_at(1);
	check(!heap_bytes(&heap, 8) && alloc_failed() && heap.used == 0);
	heap_close(&heap);
}

int main(void)
{
	test_structures();
	test_limit();
	test_bytes();
	test_guards();
	test_without_memory();
	return tap_done();
}
