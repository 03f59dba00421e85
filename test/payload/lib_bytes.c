// SPDX-License-Identifier: MIT
/* Bytes, strings, device paths: what needs no firmware. */
#include "lib.h"

void *memmove(void *to, const void *from, size_t n)
{
	uint8_t *d = to;
	const uint8_t *s = from;

	if (d <= s)
		return memcpy(to, from, n);
	while (n-- > 0)
		d[n] = s[n];
	return to;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const uint8_t *x = a, *y = b;
	size_t i;

	for (i = 0; i < n; i++)
		if (x[i] != y[i])
			return x[i] < y[i] ? -1 : 1;
	return 0;
}

size_t strlen16(const char16 *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

int strcmp16(const char16 *a, const char16 *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a - *b;
}

uint8_t *path_node(uint8_t *p, uint8_t type, uint8_t subtype, const void *data, uint16_t n_bytes)
{
	uint16_t length = (uint16_t)(4 + n_bytes);

	p[0] = type;
	p[1] = subtype;
	p[2] = (uint8_t)length;
	p[3] = (uint8_t)(length >> 8);
	memcpy(p + 4, data, n_bytes);
	return p + length;
}

uint8_t *path_end(uint8_t *p)
{
	return path_node(p, 0x7f, 0xff, NULL, 0);
}

uint8_t *path_file(uint8_t *p, const char16 *name)
{
	return path_node(p, 4, 4, name, (uint16_t)(2 * (strlen16(name) + 1)));
}

uint32_t crc32(uint32_t crc, const void *data, uint64_t n_bytes)
{
	const uint8_t *p = data;
	unsigned bit;

	crc = ~crc;
	for (; n_bytes > 0; n_bytes--, p++) {
		crc ^= *p;
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

uint64_t random64(void)
{
	static uint64_t x = 88172645463325252u;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x;
}
