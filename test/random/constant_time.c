// SPDX-License-Identifier: MIT
/*
 * No branch and no address depends on a secret: under valgrind, with keys and
 * buffered numbers marked undefined, such a thing is a complaint. Run by
 * valgrind; elsewhere it says so and checks nothing.
 */
#include <vgetrandom.h>

#include "random/chacha20.h"
#include "random/detector.h"
#include "random/self.h"
#include "random/state.h"
#include "tap.h"

#include <string.h>
#include <valgrind/memcheck.h>

enum { N_BLOCKS = 19 };

static void test_impl(const struct chacha20_impl *impl)
{
	static uint8_t out[N_BLOCKS * 64];
	uint8_t key[32], scratch[CHACHA20_SCRATCH_BYTES];
	uint32_t tail[4] = { 1, 2, 3, 4 };
	unsigned before = VALGRIND_COUNT_ERRORS;

	memset(key, 7, sizeof(key));
	VALGRIND_MAKE_MEM_UNDEFINED(key, sizeof(key));
	impl->blocks(out, key, tail, N_BLOCKS, scratch);
	check_msg(VALGRIND_COUNT_ERRORS == before, "%s: no branch or index", impl->name);
	/* the key went into all of it, and the instrument saw that */
	check(VALGRIND_CHECK_MEM_IS_DEFINED(out, sizeof(out)) != 0);
}

static void test_draws(struct state *s)
{
	unsigned before = VALGRIND_COUNT_ERRORS;
	uint8_t buf[3000];
	unsigned i;

	for (i = 0; i < 500; i++) {
		vgetrandom(buf, i % 70 * 43, 0, s);
		VALGRIND_MAKE_MEM_UNDEFINED(s->key, STREAM_BYTES);
	}
	check_msg(VALGRIND_COUNT_ERRORS == before, "draws and new keys: no branch or index");
	s->spent = UINT32_MAX;
	vgetrandom(buf, sizeof(buf), 0, s);
	check_msg(VALGRIND_COUNT_ERRORS == before, "a key made from an old one");
}

/* The instrument shows what it must. */
static void test_instrument(void)
{
	static const uint8_t table[256] = { 1 };
	unsigned before = VALGRIND_COUNT_ERRORS;
	volatile uint8_t secret = 3;

	VALGRIND_MAKE_MEM_UNDEFINED((void *)&secret, 1);
	check(table[secret] == 0);
	check_msg(VALGRIND_COUNT_ERRORS > before, "valgrind sees an index that is a secret");
}

int main(void)
{
	unsigned num = 1, size;
	struct state *s;
	size_t i;

	if (!RUNNING_ON_VALGRIND) {
		skip("not under valgrind");
		return tap_done();
	}
	detector_published_at("/nonexistent");
	detector_use(GUARD_BLIND);
	self_deny_cpu_random(true);
	test_instrument();
	for (i = 0; i < chacha20_n_impls; i++) {
		/* not by name: valgrind shows a processor that has no more than it knows */
		if (chacha20_impls[i].usable())
			test_impl(&chacha20_impls[i]);
		else
			skip(chacha20_impls[i].name);
	}
	s = vgetrandom_alloc(&num, &size, 0, 0);
	test_draws(s);
	return tap_done();
}
