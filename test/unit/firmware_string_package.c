// SPDX-License-Identifier: MIT
#include "firmware/hii/string_package.h"
#include "tap.h"

#include <string.h>

size_t fuzz_seed(unsigned i, uint8_t *p, size_t cap);
#include "fuzz/firmware_string_package.c"

enum { DUPLICATE_OF = 52 + 14 }; /* in the seed: the number of the string that is there again */

static void expect(struct bytes package, uint16_t id, const char *want, bool want_wide)
{
	struct bytes text;
	bool wide, found = string_package_find(package, id, &text, &wide);
	char got[16] = "";

	for (size_t i = 0; found && i < text.n; i += wide ? 2 : 1)
		strncat(got, (const char *)text.p + i, 1);
	check_msg(want ? found && wide == want_wide && !strcmp(got, want) : !found, "string %u",
		  id);
}

int main(void)
{
	uint8_t p[256];
	struct bytes list = { p, fuzz_seed(0, p, sizeof(p)) };
	struct package package;
	const char *language;
	uint64_t at = 0;

	check(package_next(list, &at, &package) && package.type == PACKAGE_STRINGS);
	check(!package_next(list, &at, &package));
	check(string_package_language(list, &language) && !strcmp(language, "en-US"));
	expect(list, 0, NULL, false);
	expect(list, 1, "Hi", true);
	expect(list, 2, "yo", false);
	expect(list, 3, NULL, false);
	expect(list, 5, "yo", false);
	expect(list, 6, "a", false);
	expect(list, 7, "b", false);
	expect(list, 8, NULL, false);
	p[DUPLICATE_OF] = 0; /* found by fuzzing: the same as no string */
	expect(list, 5, NULL, false);
	p[DUPLICATE_OF] = 5; /* and as itself */
	expect(list, 5, NULL, false);
	p[DUPLICATE_OF] = 2;
	expect(list, 5, "yo", false);
	list.n -= 3; /* the last text has no end any more */
	expect(list, 7, NULL, false);
	return tap_done();
}
