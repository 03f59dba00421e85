// SPDX-License-Identifier: MIT
/*
 * The purgatory's last step of a seed, run here: "physical" pages are our own memory, and
 * what it takes from the processor and the clock is switched off where outcomes are compared.
 */
#include "base/util.h"
#include "guest/purgatory.h"
#include "seed/mix.h"
#include "tap.h"

#include <string.h>

enum { FIXED = PURGATORY_SEED_NO_TIME | PURGATORY_SEED_NO_PROCESSOR };
enum { VMCLOCK_BYTES = 0x70, DISRUPTION = 0x10, COUNTER = 0x68, BEHIND = 0x70 };

static uint8_t page[PAGE_BYTES] __attribute__((aligned(4096))); /* vmclock's */
static uint8_t id[16] __attribute__((aligned(16)));
static const uint8_t key[SEED_KEY_BYTES] = { 7, 7, 7 };
static unsigned n_shown;

void purgatory_show_seed(const struct purgatory_seed *seed)
{
	n_shown++;
}

struct outcome {
	uint8_t seed[SEED_BYTES];
};

static struct outcome finish(const uint8_t *k, uint8_t old, uint32_t flags, bool has_id,
			     bool has_clock)
{
	struct outcome o;
	struct purgatory_seed seed = {
		.addr = (uint64_t)o.seed,
		.n_bytes = sizeof(o.seed),
		.vmgenid = has_id ? (uint64_t)id : 0,
		.vmclock = has_clock ? (uint64_t)page : 0,
		.flags = flags,
	};

	memset(o.seed, old, sizeof(o.seed));
	purgatory_finish_seed(&seed, k);
	return o;
}

static bool same(struct outcome a, struct outcome b)
{
	return !memcmp(a.seed, b.seed, sizeof(a.seed));
}

/* The PRF over all pieces in their order, from the outside. */
static void test_definition(void)
{
	const struct outcome o = finish(key, 5, FIXED, true, true);
	const uint64_t no_time = 0;
	struct seed_mix mix;
	struct outcome want;

	memset(want.seed, 5, sizeof(want.seed));
	seed_mix_start(&mix, key);
	seed_mix_add(&mix, SEED_PIECE_OLD, want.seed, sizeof(want.seed));
	seed_mix_add(&mix, SEED_PIECE_PROCESSOR, NULL, 0);
	seed_mix_add(&mix, SEED_PIECE_TSC, &no_time, sizeof(no_time));
	seed_mix_add(&mix, SEED_PIECE_VMGENID, id, sizeof(id));
	seed_mix_add(&mix, SEED_PIECE_VMCLOCK, page, VMCLOCK_BYTES);
	seed_mix_finish(&mix, want.seed, sizeof(want.seed));
	check(same(o, want));
}

/* Whatever changes in a page that tells clones apart changes the seed, and nothing else does. */
static void test_pages(void)
{
	static const struct {
		uint8_t *byte;
		const char *what;
		bool counts;
	} rows[] = {
		{ id, "the first byte of the VM generation id", true },
		{ id + 15, "its last byte", true },
		{ page + DISRUPTION, "vmclock's disruption marker", true },
		{ page + COUNTER, "vmclock's generation counter", true },
		{ page + COUNTER + 7, "its last byte", true },
		{ page + BEHIND, "what is behind vmclock's fields", false },
	};
	struct outcome before, after, mixed_off;

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		before = finish(key, 5, FIXED, true, true);
		mixed_off = finish(key, 5, FIXED | PURGATORY_SEED_NO_GENERATION, true, true);
		check(same(before, finish(key, 5, FIXED, true, true)));
		++*rows[i].byte;
		after = finish(key, 5, FIXED, true, true);
		check_msg(same(before, after) == !rows[i].counts, "%s", rows[i].what);
		check_msg(same(mixed_off,
			       finish(key, 5, FIXED | PURGATORY_SEED_NO_GENERATION, true, true)),
			  "%s, not mixed in", rows[i].what);
	}
}

static void test_others(void)
{
	const struct outcome all = finish(key, 5, FIXED, true, true);
	static const uint8_t other_key[SEED_KEY_BYTES] = { 8 };

	check(!same(all, finish(other_key, 5, FIXED, true, true)));
	check(!same(all, finish(key, 6, FIXED, true, true)));
	check(!same(all, finish(key, 5, FIXED, false, true)));
	check(!same(all, finish(key, 5, FIXED, true, false)));
	check(!same(finish(key, 5, PURGATORY_SEED_NO_PROCESSOR, true, true),
		    finish(key, 5, PURGATORY_SEED_NO_PROCESSOR, true, true))); /* by the clock */
	check(n_shown == 0);
	finish(key, 5, FIXED | PURGATORY_SEED_SHOW, true, true);
	check(n_shown == 1);
}

int main(void)
{
	for (unsigned i = 0; i < sizeof(page); i++)
		page[i] = (uint8_t)(i * 7);
	memset(id, 0xab, sizeof(id));
	test_definition();
	test_pages();
	test_others();
	return tap_done();
}
