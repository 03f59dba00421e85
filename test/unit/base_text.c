// SPDX-License-Identifier: MIT
#include "base/text.h"
#include "base/util.h"
#include "tap.h"

#include <string.h>

enum { REPLACEMENT = 0xfffd, LAST = 0x10ffff };

/* Independent of the code under test: RFC 3629's table, from the code point's side. */
static size_t utf8_of(uint32_t c, uint8_t out[static 4])
{
	if (c < 0x80) {
		out[0] = (uint8_t)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (uint8_t)(0xc0 + c / 64);
		out[1] = (uint8_t)(0x80 + c % 64);
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (uint8_t)(0xe0 + c / 4096);
		out[1] = (uint8_t)(0x80 + c / 64 % 64);
		out[2] = (uint8_t)(0x80 + c % 64);
		return 3;
	}
	out[0] = (uint8_t)(0xf0 + c / 262144);
	out[1] = (uint8_t)(0x80 + c / 4096 % 64);
	out[2] = (uint8_t)(0x80 + c / 64 % 64);
	out[3] = (uint8_t)(0x80 + c % 64);
	return 4;
}

static bool is_surrogate(uint32_t c)
{
	return c >= 0xd800 && c < 0xe000;
}

static bool decodes(uint32_t c, const uint8_t *utf8, size_t n)
{
	const uint32_t want = is_surrogate(c) ? REPLACEMENT : c;
	uint32_t got;

	for (size_t cut = 1; cut < n; cut++)
		if (text_decode_utf8(utf8, cut, &got) != 0)
			return false;
	return text_decode_utf8(utf8, n, &got) == n && got == want;
}

/* To UTF-16 and back, the text in a block that ends with it. */
static bool round_trips(uint32_t c, const uint8_t *utf8, size_t n)
{
	const uint64_t units = c > 0xffff ? 2 : 1;
	char *text = malloc(n + 1), back[4];
	/* one byte in, so that it is not aligned */
	uint8_t *out = malloc(2 * (units + 1) + 1);
	uint64_t got = 99;
	size_t used;
	bool good;

	memcpy(text, utf8, n);
	text[n] = '\0';
	good = !text_from_utf8(text, out + 1, units, &got) && got == 99;
	good &= text_from_utf8(text, out + 1, units + 1, &got) && got == units;
	good &= text_to_utf8(out + 1, units, back, &used) == n && used == units;
	good &= memcmp(back, utf8, n) == 0;
	good &= out[1 + 2 * units] == 0 && out[2 + 2 * units] == 0;
	free(text);
	free(out);
	return good;
}

static void test_all_code_points(void)
{
	bool decoded = true, round = true, refused = true;
	char text[5];
	uint8_t utf8[4];
	uint16_t out[8];
	uint64_t got;
	size_t n;

	for (uint32_t c = 0; c <= LAST; c++) {
		n = utf8_of(c, utf8);
		decoded &= decodes(c, utf8, n);
		if (!c)
			continue;
		if (!is_surrogate(c)) {
			round &= round_trips(c, utf8, n);
			continue;
		}
		memcpy(text, utf8, n);
		text[n] = '\0';
		refused &= !text_from_utf8(text, out, ARRAY_SIZE(out), &got);
	}
	check_msg(decoded, "every code point is decoded, and none by its beginning");
	check_msg(round, "every character to UTF-16 and back");
	check_msg(refused, "no surrogate in UTF-8");
}

static void test_invalid_utf8(void)
{
	static const struct {
		const char *bytes;
		size_t used;
	} rows[] = {
		{ "\x80", 1 }, /* goes on with nothing */
		{ "\xbf", 1 },
		{ "\xc0\x80", 1 }, /* 0 the long way */
		{ "\xc1\xbf", 1 },
		{ "\xe0\x80\x80", 3 },
		{ "\xe0\x9f\xbf", 3 },
		{ "\xf0\x80\x80\x80", 4 },
		{ "\xf0\x8f\xbf\xbf", 4 },
		{ "\xf4\x90\x80\x80", 4 }, /* behind the last */
		{ "\xf5\x80\x80\x80", 1 },
		{ "\xff", 1 },
		{ "\xfe", 1 },
		{ "\xc3x", 1 }, /* the x is one of its own */
		{ "\xe2\x82x", 2 },
		{ "\xf0\x9f\x98x", 3 },
		{ "\xed\xa0\x80", 3 },
	};
	uint16_t out[16];
	uint64_t n = 99;
	uint32_t c;
	char *text;

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		const size_t len = strlen(rows[i].bytes);

		c = 0;
		check_msg(text_decode_utf8((const uint8_t *)rows[i].bytes, len, &c) ==
					  rows[i].used &&
				  c == REPLACEMENT,
			  "row %u is no character", i);
		text = strdup(rows[i].bytes);
		check_msg(!text_from_utf8(text, out, ARRAY_SIZE(out), &n) && n == 99,
			  "row %u is no text", i);
		free(text);
	}
	check(text_from_utf8("\xef\xbf\xbd", out, 2, &n) && n == 1 && out[0] == REPLACEMENT);
	text = strdup("\xc3");
	check(!text_from_utf8(text, out, ARRAY_SIZE(out), &n));
	free(text);
}

static void test_room(void)
{
	uint16_t out[8];
	uint64_t n;

	check(!text_from_utf8("", out, 0, &n));
	check(text_from_utf8("", out, 1, &n) && n == 0 && out[0] == 0);
	check(text_from_utf8("abc", out, 4, &n) && n == 3);
	check(!text_from_utf8("abc", out, 3, &n));
	memset(out, 0xaa, sizeof(out));
	check(!text_from_utf8("a\xf0\x9f\x98\x80", out, 3, &n));
	check(out[3] == 0xaaaa);
	check(text_from_utf8("a\xf0\x9f\x98\x80", out, 4, &n) && n == 3);
	check(out[1] == 0xd83d && out[2] == 0xde00 && out[3] == 0);
}

static void test_halves(void)
{
	static const struct {
		uint16_t unit[2];
		size_t n, used;
		const char *want;
	} rows[] = {
		{ { 0xd83d, 0xde00 }, 2, 2, "\xf0\x9f\x98\x80" },
		{ { 0xdbff, 0xdfff }, 2, 2, "\xf4\x8f\xbf\xbf" },
		{ { 0xd800, 0xdc00 }, 2, 2, "\xf0\x90\x80\x80" },
		{ { 0xd83d, 0xde00 }, 1, 1, "\xef\xbf\xbd" }, /* the rest is not looked at */
		{ { 0xd83d, 'x' }, 2, 1, "\xef\xbf\xbd" },
		{ { 0xd83d, 0xd83d }, 2, 1, "\xef\xbf\xbd" },
		{ { 0xde00, 0xd83d }, 2, 1, "\xef\xbf\xbd" },
		{ { 0xde00, 0xde00 }, 2, 1, "\xef\xbf\xbd" },
	};
	uint16_t *text;
	char out[4];
	size_t used, n;

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		text = malloc(2 * rows[i].n);
		memcpy(text, rows[i].unit, 2 * rows[i].n);
		n = text_to_utf8(text, rows[i].n, out, &used);
		check_msg(used == rows[i].used && n == strlen(rows[i].want) &&
				  !memcmp(out, rows[i].want, n),
			  "surrogates %u", i);
		free(text);
	}
}

int main(void)
{
	test_all_code_points();
	test_invalid_utf8();
	test_room();
	test_halves();
	return tap_done();
}
