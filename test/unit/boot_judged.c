// SPDX-License-Identifier: MIT
/* What was said of images that were loaded, from a process that anybody may have taken over. */
#include "boot/judged.h"
#include "tap.h"

#include <string.h>

enum { LISTS = 3 };

static struct judgements *judgements;

static struct verdict verdict_on(uint8_t file, bool allowed)
{
	struct verdict v = {
		.allowed = allowed,
		.allowed_by = { .source = allowed ? 1 : VERDICT_NO_SOURCE, .subject = "CN = x" },
		.has_file = 1,
	};

	memset(v.file, file, sizeof(v.file));
	if (!allowed)
		why_set(&v.why, 0, "file %u", file);
	return v;
}

static bool found(uint8_t file, struct judged *ret)
{
	uint8_t digest[32];

	memset(digest, file, sizeof(digest));
	return judgements_find(judgements, digest, LISTS, ret);
}

static void test_found(void)
{
	struct verdict v;
	struct judged j;

	for (uint8_t file = 0; file < JUDGED_MOST; file++) {
		v = verdict_on(file, file % 2);
		judgements_note(judgements, &v);
	}
	v = verdict_on(JUDGED_MOST, true);
	judgements_note(judgements, &v); /* there is no room */
	check(found(1, &j) && j.allowed && j.allowed_by.source == 1 && !j.why.text[0]);
	check(found(JUDGED_MOST - 2, &j) && !j.allowed && !strcmp(j.why.text, "file 62"));
	check(!found(JUDGED_MOST, &j) && !found(200, &j));
}

/* Each with one thing that cannot be. */
static void test_unsound(void)
{
	struct verdict v[] = { verdict_on(0, true),  verdict_on(1, true),  verdict_on(2, true),
			       verdict_on(3, false), verdict_on(4, false), verdict_on(5, true),
			       verdict_on(6, true) };
	struct judged j;

	v[0].allowed = 2;
	v[1].allowed_by.source = LISTS;
	v[2].allowed_by.source = VERDICT_NO_SOURCE;
	v[3].why.text[0] = '\0';
	memset(v[4].why.text, 'x', sizeof(v[4].why.text));
	v[5].allowed_by.subject[0] = '\033';
	v[6].why.text[0] = 'x';
	for (unsigned i = 0; i < ARRAY_SIZE(v); i++) {
		judgements_note(judgements, &v[i]);
		check(!found((uint8_t)i, &j));
	}
	/* what has no digest is noted nowhere */
	v[0] = verdict_on(7, true);
	v[0].has_file = 0;
	judgements_note(judgements, &v[0]);
	check(!found(7, &j));
}

/* More than there is room for, and a count that somebody else wrote: nothing outside is touched. */
static void test_bounds(void)
{
	const struct verdict v = verdict_on(1, true);
	const uint32_t lie = UINT32_MAX;
	struct judged j;

	for (unsigned i = 0; i < 100000; i++)
		judgements_note(judgements, &v);
	check(found(1, &j) && !found(2, &j));
	/* it stands first */
	memcpy(judgements, &lie, sizeof(lie));
	check(found(1, &j) && !found(2, &j));
	judgements_note(judgements, &v);
}

int main(void)
{
	void (*const tests[])(void) = { test_found, test_unsound, test_bounds };
	struct why why;

	for (unsigned i = 0; i < ARRAY_SIZE(tests); i++) {
		check(judgements_open(&judgements, &why) == 0);
		tests[i]();
		judgements_close(judgements);
	}
	return tap_done();
}
