// SPDX-License-Identifier: MIT
#include "base/text.h"

#include <string.h>

enum { REPLACEMENT = 0xfffd };

size_t text_decode_utf8(const uint8_t *p, size_t n, uint32_t *ret_char)
{
	static const uint32_t smallest[5] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t length = p[0] < 0x80   ? 1
			: p[0] < 0xc2 ? 0
			: p[0] < 0xe0 ? 2
			: p[0] < 0xf0 ? 3
			: p[0] < 0xf5 ? 4
				      : 0;
	uint32_t c = length < 2 ? p[0] : p[0] & (0x7fu >> length);

	*ret_char = REPLACEMENT;
	if (length == 0)
		return 1;
	for (size_t i = 1; i < length; i++) {
		if (i == n)
			return 0;
		if ((p[i] & 0xc0) != 0x80)
			return i;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c >= smallest[length] && c <= 0x10ffff && (c < 0xd800 || c > 0xdfff))
		*ret_char = c;
	return length;
}

static void put_unit(void *out, uint64_t i, uint32_t unit)
{
	uint16_t u = (uint16_t)unit;

	memcpy((uint8_t *)out + 2 * i, &u, sizeof(u));
}

bool text_from_utf8(const char *text, void *out, uint64_t room, uint64_t *ret_n)
{
	size_t left = strlen(text), used;
	uint64_t n = 0;
	uint32_t c;

	for (; left; text += used, left -= used) {
		used = text_decode_utf8((const uint8_t *)text, left, &c);
		if (!used || (c == REPLACEMENT && strncmp(text, "\xef\xbf\xbd", 3)))
			return false;
		if (n + (c > 0xffff) + 1 >= room)
			return false;
		if (c > 0xffff) {
			put_unit(out, n++, 0xd800 + ((c - 0x10000) >> 10));
			c = 0xdc00 + (c & 0x3ff);
		}
		put_unit(out, n++, c);
	}
	if (n >= room)
		return false;
	put_unit(out, n, 0);
	*ret_n = n;
	return true;
}

uint16_t text_char(const void *text, size_t i)
{
	uint16_t c;

	memcpy(&c, (const uint8_t *)text + 2 * i, sizeof(c));
	return c;
}

size_t text_to_utf8(const void *text, size_t n, char out[static 4], size_t *ret_used)
{
	uint32_t c = text_char(text, 0), low;

	*ret_used = 1;
	if (c >= 0xd800 && c <= 0xdfff) {
		low = n > 1 ? text_char(text, 1) : 0;
		if (c < 0xdc00 && low >= 0xdc00 && low <= 0xdfff) {
			c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
			*ret_used = 2;
		} else {
			c = REPLACEMENT;
		}
	}
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}
