/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Outside bytes: a pointer with a length, taken apart in one place. Every
 * parser reads its fields through these by offset; none casts bytes to a
 * structure or adds to an outside pointer itself.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct bytes {
	const uint8_t *p;
	size_t n;
};

/* The part [off, off + len) of whole, or false when that is not inside it. */
static inline bool bytes_sub(struct bytes whole, uint64_t off, uint64_t len, struct bytes *ret_part)
{
	if (off > whole.n || len > whole.n - off)
		return false;
	/* nothing may be added to the NULL of no bytes at all, not even 0 (C17, 6.5.6) */
	*ret_part = (struct bytes){ off ? whole.p + off : whole.p, len };
	return true;
}

static inline bool bytes_u8(struct bytes b, uint64_t off, uint8_t *ret)
{
	struct bytes f;

	if (!bytes_sub(b, off, 1, &f))
		return false;
	*ret = f.p[0];
	return true;
}

static inline bool bytes_le16(struct bytes b, uint64_t off, uint16_t *ret)
{
	struct bytes f;

	if (!bytes_sub(b, off, 2, &f))
		return false;
	*ret = (uint16_t)(f.p[0] | f.p[1] << 8);
	return true;
}

static inline bool bytes_le32(struct bytes b, uint64_t off, uint32_t *ret)
{
	struct bytes f;

	if (!bytes_sub(b, off, 4, &f))
		return false;
	*ret = (uint32_t)f.p[0] | (uint32_t)f.p[1] << 8 | (uint32_t)f.p[2] << 16 |
	       (uint32_t)f.p[3] << 24;
	return true;
}

static inline bool bytes_le64(struct bytes b, uint64_t off, uint64_t *ret)
{
	uint32_t lo, hi;

	if (!bytes_le32(b, off, &lo) || !bytes_le32(b, off + 4, &hi))
		return false;
	*ret = (uint64_t)hi << 32 | lo;
	return true;
}

/* Is text one of the strings in there, each of which ends in a NUL? */
static inline bool bytes_list_has(struct bytes strings, const char *text)
{
	const size_t n = strlen(text) + 1;
	const uint8_t *end;

	while (strings.n && (end = memchr(strings.p, 0, strings.n))) {
		const size_t length = (size_t)(end - strings.p) + 1;

		if (length == n && memcmp(strings.p, text, n) == 0)
			return true;
		strings = (struct bytes){ end + 1, strings.n - length };
	}
	return false;
}

/* Our own bytes: v as n of them, at most 8, the lowest first. */
static inline void bytes_put_le(uint8_t *to, uint64_t v, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		to[i] = (uint8_t)(v >> 8 * i);
}

/* All of them added up, modulo 256: 0 for a table of ACPI's or SMBIOS's. */
static inline uint8_t bytes_sum(struct bytes b)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < b.n; i++)
		sum = (uint8_t)(sum + b.p[i]);
	return sum;
}

/* The byte at off, so that n bytes come to 0. */
static inline void bytes_put_sum(uint8_t *p, size_t n, size_t off)
{
	p[off] = 0;
	p[off] = (uint8_t)-bytes_sum((struct bytes){ p, n });
}
