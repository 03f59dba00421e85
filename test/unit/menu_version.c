// SPDX-License-Identifier: MIT
/* The order that the Version Format Specification gives as its example, and its rules. */
#include "menu/version.h"
#include "base/util.h"
#include "tap.h"

/* Each is older than all behind it. */
static const char *const older_first[] = {
	"122.1",   "123~rc1-1", "123",	  "123-a", "123-a.1", "123-1", "123-1.1", "123^post1",
	"123.a-1", "123.1-1",	"123a-1", "124-1", "124-1.x", "1000",  NULL,
};

static const struct {
	const char *a, *b;
} same[] = {
	{ "", NULL },
	{ "123", "0123" },
	{ "123_a", "123a" },
	{ "1:2", "1_2" },
	{ "6.1.0-13", "6.1.00-013" },
	{ "\xff"
	  "1",
	  "1" },
	{ "1~~", "1~~" },
	{ "00000000000000000000000000000000000000000000000000001", "1" },
};

static const struct {
	const char *older, *newer;
} rows[] = {
	{ "6.1.0-9-amd64", "6.1.0-13-amd64" },
	{ "6.12", "6.120" },
	{ "99999999999999999999999999", "100000000000000000000000000" },
	{ "1A", "1a" },
	{ "abc", "abcde" },
	{ "a", "1" },
	{ "1.a", "1.1" },
	{ "1~1", "1" },
};

int main(void)
{
	/* less than nothing */
	check(version_compare("~", "") < 0 && version_compare("a~", "a") < 0);
	for (unsigned i = 0; older_first[i]; i++)
		for (unsigned k = 0; older_first[k]; k++) {
			const int r = version_compare(older_first[i], older_first[k]);

			check_msg(i < k	  ? r < 0
				  : i > k ? r > 0
					  : r == 0,
				  "%s and %s: %d", older_first[i], older_first[k], r);
		}
	for (unsigned i = 0; i < ARRAY_SIZE(same); i++)
		check_msg(version_compare(same[i].a, same[i].b) == 0 &&
				  version_compare(same[i].b, same[i].a) == 0,
			  "%s is %s", same[i].a, same[i].b ? same[i].b : "(none)");
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++)
		check_msg(version_compare(rows[i].older, rows[i].newer) < 0 &&
				  version_compare(rows[i].newer, rows[i].older) > 0,
			  "%s before %s", rows[i].older, rows[i].newer);
	return tap_done();
}
