// SPDX-License-Identifier: MIT
#include "firmware/hii/string_package.h"
#include "base/bytes.h"

#include <string.h>

enum { PACKAGE_HEADER = 4, STRING_INFO_OFFSET = 8, LANGUAGE = 46 };

/* 33.3.6: what a block begins with */
enum {
	SIBT_END = 0x00,
	SIBT_STRING_SCSU = 0x10,
	SIBT_STRING_SCSU_FONT = 0x11,
	SIBT_STRINGS_SCSU = 0x12,
	SIBT_STRINGS_SCSU_FONT = 0x13,
	SIBT_STRING_UCS2 = 0x14,
	SIBT_STRING_UCS2_FONT = 0x15,
	SIBT_STRINGS_UCS2 = 0x16,
	SIBT_STRINGS_UCS2_FONT = 0x17,
	SIBT_DUPLICATE = 0x20,
	SIBT_SKIP2 = 0x21,
	SIBT_SKIP1 = 0x22,
	SIBT_EXT1 = 0x30,
	SIBT_EXT2 = 0x31,
	SIBT_EXT4 = 0x32,
	MAX_DUPLICATES = 16, /* of one another: a circle has no end */
};

bool package_next(struct bytes list, uint64_t *inout_at, struct package *ret_package)
{
	uint32_t head;
	struct package p;

	if (!bytes_le32(list, *inout_at, &head))
		return false;
	p.type = (uint8_t)(head >> 24);
	if (p.type == PACKAGE_END || (head & 0xffffff) < PACKAGE_HEADER ||
	    !bytes_sub(list, *inout_at, head & 0xffffff, &p.bytes))
		return false;
	*inout_at += p.bytes.n;
	*ret_package = p;
	return true;
}

bool string_package_language(struct bytes package, const char **ret_language)
{
	struct bytes text;

	if (package.n <= LANGUAGE || !bytes_sub(package, LANGUAGE, package.n - LANGUAGE, &text) ||
	    !memchr(text.p, 0, text.n))
		return false;
	*ret_language = (const char *)text.p;
	return true;
}

/* Bytes of a text at the beginning, its 0 included; 0 when it does not end. */
static uint64_t text_bytes(struct bytes b, bool wide)
{
	const unsigned unit = wide ? 2 : 1;

	for (uint64_t n = unit; n <= b.n; n += unit)
		if (b.p[n - unit] == 0 && b.p[n - 1] == 0)
			return n;
	return 0;
}

/* Several strings in a block, behind its head: is number id one of them? */
struct run {
	uint64_t at; /* of the first one */
	uint16_t n;
	bool wide;
};

/* What this block holds: texts, or a way to the next block (*ret_next). False: nonsense or the end.
 */
static bool block(struct bytes p, uint64_t at, struct run *ret_run, uint64_t *ret_next,
		  uint16_t *ret_skip)
{
	uint8_t type, u8 = 0;
	uint16_t u16 = 0;
	uint32_t u32 = 0;

	*ret_run = (struct run){ 0 };
	*ret_skip = 0;
	if (!bytes_u8(p, at, &type))
		return false;
	if (type >= SIBT_STRING_SCSU && type <= SIBT_STRINGS_UCS2_FONT) {
		const bool font = type & 1, many = type & 2;

		*ret_run = (struct run){ at + 1 + font, 1, type >= SIBT_STRING_UCS2 };
		if (many && !bytes_le16(p, ret_run->at, &ret_run->n))
			return false;
		ret_run->at += many ? 2 : 0;
		*ret_next = 0;
		return true;
	}
	switch (type) {
	case SIBT_SKIP1:
		*ret_next = at + 2;
		if (!bytes_u8(p, at + 1, &u8))
			return false;
		*ret_skip = u8;
		return true;
	case SIBT_SKIP2:
		*ret_next = at + 3;
		return bytes_le16(p, at + 1, ret_skip);
	case SIBT_EXT1:
		*ret_next = at + (bytes_u8(p, at + 2, &u8) ? u8 : 0);
		return u8 >= 3;
	case SIBT_EXT2:
		*ret_next = at + (bytes_le16(p, at + 2, &u16) ? u16 : 0);
		return u16 >= 4;
	case SIBT_EXT4:
		*ret_next = at + (bytes_le32(p, at + 2, &u32) ? u32 : 0);
		return u32 >= 6;
	default:
		return false;
	}
}

/* *ret_same, not 0: the string is another name for that one, and ret_text is not set. */
static bool find(struct bytes p, uint16_t id, struct bytes *ret_text, bool *ret_wide,
		 uint16_t *ret_same)
{
	uint64_t next, n;
	uint32_t offset, current = 1;
	uint16_t skip;
	struct run run;
	uint8_t type;

	*ret_same = 0;
	if (!bytes_le32(p, STRING_INFO_OFFSET, &offset))
		return false;
	for (uint64_t at = offset; current <= id; at = next) {
		if (bytes_u8(p, at, &type) && type == SIBT_DUPLICATE) {
			next = at + 3;
			if (current++ == id)
				return bytes_le16(p, at + 1, ret_same) && *ret_same;
			continue;
		}
		if (!block(p, at, &run, &next, &skip))
			return false;
		current += skip;
		for (at = run.at; run.n; run.n--, at += n, next = at) {
			struct bytes rest;

			if (!bytes_sub(p, at, at <= p.n ? p.n - at : 0, &rest))
				return false;
			n = text_bytes(rest, run.wide);
			if (!n)
				return false;
			if (current++ == id) {
				*ret_wide = run.wide;
				return bytes_sub(p, at, n, ret_text);
			}
		}
		if (!next) /* of no texts at all */
			next = run.at;
	}
	return false;
}

bool string_package_find(struct bytes package, uint16_t id, struct bytes *ret_text, bool *ret_wide)
{
	uint16_t same = id;

	for (unsigned i = 0; i < MAX_DUPLICATES && same; i++) {
		id = same;
		if (!find(package, id, ret_text, ret_wide, &same))
			return false;
		if (!same)
			return true;
	}
	return false;
}
