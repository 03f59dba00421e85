// SPDX-License-Identifier: MIT
#include "firmware/console/vt_filter.h"
#include "base/util.h"
#include "tap.h"

#include <string.h>

/* What gets through of a text. */
static const char *through(const char *in)
{
	static char out[512];
	struct vt_filter f = { 0 };
	size_t n = 0;

	for (; *in; in++)
		n += vt_filter_byte(&f, (uint8_t)*in, out + n);
	out[n] = '\0';
	return out;
}

int main(void)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{ "plain, \r\n\b\t.", "plain, \r\n\b\t." },
		{ "\xc3\xa4\xe2\x98\xba\xf0\x9d\x84\x9e", "\xc3\xa4\xe2\x98\xba\xf0\x9d\x84\x9e" },
		/* moves, erases, colours, shows the cursor */
		{ "\033[2J\033[1;1H\033[0;37;40m\033[K", "\033[2J\033[1;1H\033[0;37;40m\033[K" },
		{ "\033[?25l\033[?25h", "\033[?25l\033[?25h" },
		{ "\033[A\033[10C", "\033[A\033[10C" },
		/* other modes, answers, titles, resets, character sets, C1 */
		{ "a\033[?1049hb", "ab" },
		{ "a\033[?25hh", "a\033[?25hh" },
		{ "a\033[?25nb", "ab" },
		{ "a\033[6nb\033[cb\033[>cb", "abbb" },
		{ "a\033[5ib\033[!pb\033[1 qb", "abbb" },
		{ "a\033]0;t\007b", "a]0;tb" },
		{ "a\033Pq\033\\b", "aPq\\b" },
		{ "a\033cb\033(0b", "acb(0b" },
		{ "a\xc2\x9b"
		  "31mb\x7f\x01",
		  "a31mb" },
		/* cut off, begun anew, too long */
		{ "a\033[3\033[1mb", "a\033[1mb" },
		{ "a\033\033[1mb", "a\033[1mb" },
		{ "a\033[3\nb", "a\nb" },
		{ "a\033[1;2;3;4;5;6;7;8;9;10;11;12;13;14mb", "a;14mb" },
		{ "a\xe2\x98z", "az" },
		{ "a\xff\xc0\x80z", "az" },
		{ "a\xe2\x98\033[1mz", "a\033[1mz" },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++)
		if (!check_msg(!strcmp(through(rows[i].in), rows[i].out), "row %u", i))
			printf("# got %s\n", through(rows[i].in));
	return tap_done();
}
