// SPDX-License-Identifier: MIT
/* Words of the processor's own generator, and of generators that do not answer, or answer wrongly.
 */
#include "random/cpu.h"
#include "random/insist.h"
#include "tap.h"

#include <string.h>

static unsigned n_calls;

static bool never(uint64_t *ret)
{
	n_calls++;
	*ret = 1;
	return false;
}

static bool zeros(uint64_t *ret)
{
	*ret = 0;
	return true;
}

static bool ones(uint64_t *ret)
{
	*ret = UINT64_MAX;
	return true;
}

static bool always(uint64_t *ret)
{
	*ret = 1;
	return true;
}

/* Each third time, until the seventh word. */
static bool seldom(uint64_t *ret)
{
	*ret = ++n_calls;
	return n_calls % 3 == 0 && n_calls <= 21;
}

static bool untouched(bool (*step)(uint64_t *), size_t n_words)
{
	uint64_t words[INSIST_WORDS_MOST + 1], before[INSIST_WORDS_MOST + 1];

	memset(words, 0x5a, sizeof(words));
	memcpy(before, words, sizeof(words));
	n_calls = 0;
	return !insist(step, words, n_words) && !memcmp(words, before, sizeof(words));
}

static void test_insist(void)
{
	uint64_t words[7];

	check(untouched(never, 1));
	check(n_calls > 10 && n_calls < 10000);
	check(untouched(zeros, 1));
	check(untouched(ones, 1));
	check(untouched(seldom, 8));
	check(untouched(always, INSIST_WORDS_MOST + 1));
	n_calls = 0;
	check(insist(seldom, words, 7));
	check(words[0] == 3 && words[1] == 6 && words[6] == 21);
}

/* A processor without one says so; one that is drained by others may say no for once. */
static void test_processor(void)
{
	uint64_t a[4] = { 0 }, b[4] = { 0 };
	const char *name = cpu_random_name();
	bool answers = cpu_random(a, 4) && cpu_random(b, 4);

	check_msg(name || !answers, "%s answers", name ?: "no instruction");
	check(!answers || (a[0] != b[0] && a[1] != b[1] && a[2] != a[3] && a[0] != a[1]));
}

int main(void)
{
	test_insist();
	test_processor();
	return tap_done();
}
