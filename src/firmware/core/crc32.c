// SPDX-License-Identifier: MIT
#include "firmware/core/crc32.h"
#include "base/util.h"

/* One byte's worth of CRC-32 (4.2): polynomial 0x04c11db7, reflected. */
static uint32_t crc32_step(uint32_t v)
{
	for (int bit = 0; bit < 8; bit++)
		v = v >> 1 ^ (v & 1 ? 0xedb88320 : 0);
	return v;
}

uint32_t crc32_more(uint32_t crc, const void *data, uint64_t n)
{
	const uint8_t *p = data;
	uint32_t step[256];

	for (uint32_t i = 0; i < ARRAY_SIZE(step); i++)
		step[i] = crc32_step(i);
	crc = ~crc;
	while (n--)
		crc = step[(crc ^ *p++) & 0xff] ^ crc >> 8;
	return ~crc;
}

uint32_t crc32_of(const void *data, uint64_t n)
{
	return crc32_more(0, data, n);
}
