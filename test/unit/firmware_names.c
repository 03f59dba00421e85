// SPDX-License-Identifier: MIT
#include "firmware/core/names.h"
#include "tap.h"
#include "unit/alloc.h"
#include "unit/random.h"

#include <string.h>

enum { KIND = 'h', LIMIT = 1 << 16, SLOTS = 500, ROUNDS = 20000, OLD = 4096 };

static struct names names_new(unsigned limit)
{
	return (struct names){ .kind = KIND, .limit = limit };
}

/* Bits 63 to 47 alike, or with five levels of page tables 63 to 56. */
static bool is_canonical(uint64_t v)
{
	const uint64_t four = v >> 47, five = v >> 56;

	return four == 0 || four == 0x1ffff || five == 0 || five == 0xff;
}

static void test_random(void)
{
	struct names names = names_new(LIMIT);
	static uint64_t name[SLOTS], old[OLD];
	static int object[SLOTS];
	bool found = true, stale = true, none_twice = true, outside = true;
	unsigned n_old = 0, i;
	uint64_t last = 0;

	for (unsigned round = 0; round < ROUNDS; round++) {
		i = random_below(SLOTS);
		if (name[i]) {
			found &= names_find(&names, name[i]) == &object[i];
			names_remove(&names, name[i]);
			stale &= names_find(&names, name[i]) == NULL;
			old[n_old++ % OLD] = name[i];
			name[i] = 0;
		} else {
			name[i] = names_add(&names, &object[i]);
			for (unsigned k = 0; k < OLD && k < n_old; k++)
				none_twice &= name[i] != old[k];
			none_twice &= name[i] && name[i] != last;
			outside &= !is_canonical(name[i]);
			last = name[i];
		}
		/* whoever has a name that is gone finds nothing, and takes nothing away */
		if (n_old) {
			const uint64_t gone = old[random_below(n_old < OLD ? n_old : OLD)];

			stale &= names_find(&names, gone) == NULL;
			names_remove(&names, gone);
		}
	}
	for (i = 0; i < SLOTS; i++)
		found &= !name[i] || names_find(&names, name[i]) == &object[i];
	check_msg(found, "what has a name is found by it");
	check_msg(stale, "a name that was removed finds nothing");
	check_msg(none_twice, "none is given out twice");
	check_msg(outside, "none is an address");
	check(names.n <= SLOTS); /* places are used again */
	names_free(&names);
}

static void test_other_values(void)
{
	struct names names = names_new(LIMIT);
	int object;
	const uint64_t name = names_add(&names, &object);

	require(name);
	check(names_find(&names, 0) == NULL);
	check(names_find(&names, UINT64_MAX) == NULL);
	for (unsigned bit = 0; bit < 64; bit++)
		check_msg(names_find(&names, name ^ UINT64_C(1) << bit) == NULL,
			  "bit %u is looked at", bit);
	names_remove(&names, name + 1);
	check(names_find(&names, name) == &object);
	names_free(&names);
}

/* As many as were agreed on, whether that is a power of two or not. */
static void test_limit(unsigned limit)
{
	struct names names = names_new(limit);
	uint64_t first = 0, name = 0;
	unsigned n;
	int object;

	for (n = 0; n <= limit; n++) {
		name = names_add(&names, &object);
		if (!name)
			break;
		if (n == 0)
			first = name;
	}
	check_msg(n == limit && !name, "%u names and no more", limit);
	names_remove(&names, first);
	name = names_add(&names, &object);
	check(name && name != first && names_find(&names, first) == NULL);
	check(names_add(&names, &object) == 0);
	names_free(&names);
}

/* Behind the last serial the first one comes: a name, still none of an address's form. */
static void test_serial_wraps(void)
{
	struct names names = names_new(LIMIT);
	uint64_t name[4];
	int object;

	names.serial = (1u << 28) - 2;
	for (unsigned i = 0; i < 4; i++) {
		name[i] = names_add(&names, &object);
		check(name[i] && !is_canonical(name[i]) && name[i] >> 56 == KIND);
		check(names_find(&names, name[i]) == &object);
	}
	for (unsigned i = 0; i < 3; i++)
		check(name[i] != name[i + 1]);
	names_free(&names);
}

static void test_no_memory(void)
{
	struct names names = names_new(LIMIT);
	int object[200];
	uint64_t name[200] = { 0 };
	unsigned n;
	bool all = true;

	alloc_fail_at(2);
	for (n = 0; n < 200; n++) {
		name[n] = names_add(&names, &object[n]);
		if (!name[n])
			break;
	}
	check(alloc_failed() && n > 0 && n < 200);
	for (unsigned i = 0; i < n; i++)
		all &= names_find(&names, name[i]) == &object[i];
	check(all);
	name[n] = names_add(&names, &object[n]);
	check(name[n] && names_find(&names, name[n]) == &object[n]);
	names_free(&names);
}

int main(void)
{
	test_random();
	test_other_values();
	test_limit(1);
	test_limit(64);
	test_limit(100);
	test_limit(LIMIT);
	test_serial_wraps();
	test_no_memory();
	return tap_done();
}
