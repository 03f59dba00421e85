// SPDX-License-Identifier: MIT
/* Patterns against what fnmatch(3) says of them, and in a time that does not explode. */
#include "menu/glob.h"
#include "base/util.h"
#include "tap.h"

#include <fnmatch.h>
#include <string.h>

static const char *const patterns[] = {
	"",
	"*",
	"**",
	"?",
	"a",
	"A",
	"a*",
	"*a",
	"*a*",
	"a?c",
	"a*c*e",
	"[ab]",
	"[a-c]*",
	"[!a]",
	"[^a]",
	"[]a]",
	"[a-]",
	"[!]a]*",
	"*.conf",
	"\\*",
	"\\a",
	"a\\?",
	"debian-*.conf",
	"*-[0-9]*",
	"???",
	"*?*?*",
};

static const char *const texts[] = {
	"",
	"a",
	"A",
	"b",
	"ab",
	"abc",
	"abcde",
	"ace",
	"*",
	"?",
	"]",
	"-",
	"a?",
	"debian-6.1.conf",
	"DEBIAN-6.1.CONF",
	"x-7",
	"aa",
	"z",
};

static void test_like_fnmatch(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(patterns); i++)
		for (unsigned k = 0; k < ARRAY_SIZE(texts); k++) {
			const bool want = fnmatch(patterns[i], texts[k], FNM_CASEFOLD) == 0;

			check_msg(glob_matches(patterns[i], texts[k]) == want, "%s %s %s",
				  patterns[i], want ? "matches" : "does not match", texts[k]);
		}
}

/* A matcher that tries all ways would need years. */
static void test_time(void)
{
	char pattern[512], text[2000];

	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (unsigned i = 0; i < sizeof(pattern) - 2; i += 2)
		memcpy(pattern + i, "*a", 2);
	memcpy(pattern + sizeof(pattern) - 2, "b", 2);
	check(!glob_matches(pattern, text));
	pattern[sizeof(pattern) - 2] = 'a';
	check(glob_matches(pattern, text));
}

int main(void)
{
	/* not closed: no pattern of anything */
	check(!glob_matches("[ab", "a") && !glob_matches("[", "["));
	test_like_fnmatch();
	test_time();
	return tap_done();
}
