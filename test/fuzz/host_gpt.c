// SPDX-License-Identifier: MIT
/* The input is the head of a disk; its checksums are made right, or no table would be looked at. */
#include "fuzz/fuzz.h"
#include "host/gpt.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK = 512, HEADER = BLOCK, ENTRIES = 2 * BLOCK };

static uint32_t crc32(const uint8_t *p, size_t n)
{
	uint32_t crc = ~0u;

	for (; n; n--, p++) {
		crc ^= *p;
		for (unsigned bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

static void seal(uint8_t *disk, size_t n_bytes)
{
	struct bytes whole = { disk, n_bytes }, table;
	uint32_t n = 0, each = 0, header = 0, crc;
	uint64_t lba = 0;

	if (n_bytes < HEADER + 92)
		return;
	memcpy(disk + HEADER, "EFI PART", 8);
	if (bytes_le64(whole, HEADER + 72, &lba) && bytes_le32(whole, HEADER + 80, &n) &&
	    bytes_le32(whole, HEADER + 84, &each) && lba < 1 << 20 &&
	    bytes_sub(whole, lba * BLOCK, (uint64_t)n * each, &table)) {
		crc = crc32(table.p, table.n);
		memcpy(disk + HEADER + 88, &crc, 4);
	}
	if (bytes_le32(whole, HEADER + 12, &header) && header >= 92 && header <= BLOCK &&
	    n_bytes >= HEADER + header) {
		memset(disk + HEADER + 16, 0, 4);
		crc = crc32(disk + HEADER, header);
		memcpy(disk + HEADER + 16, &crc, 4);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	struct gpt_partition p = { 0 };
	uint8_t *disk = malloc(n_bytes + 1);

	fuzz_assert(disk);
	memcpy(disk, data, n_bytes);
	(void)!gpt_find((struct bytes){ disk, n_bytes }, BLOCK, 1, &p);
	seal(disk, n_bytes);
	for (uint32_t i = 0; i < 130; i += 43)
		if (gpt_find((struct bytes){ disk, n_bytes }, BLOCK, i, &p) == 0)
			fuzz_assert(i > 0 && p.first > 0 && p.last >= p.first);
	free(disk);
	return 0;
}

size_t fuzz_seed(unsigned i, uint8_t *data, size_t cap)
{
	static const uint32_t each[] = { 128, 256, 4096 };
	const size_t n = ENTRIES + 32 * 128;

	if (i >= sizeof(each) / sizeof(each[0]) || cap < n)
		return 0;
	memset(data, 0, n);
	data[HEADER + 12] = 92;
	data[HEADER + 72] = 2;
	data[HEADER + 80] = (uint8_t)(32 * 128 / each[i]);
	memcpy(data + HEADER + 84, &each[i], 4);
	memset(data + ENTRIES, 1, 40);
	memset(data + ENTRIES + 40, 2, 8);
	return n;
}
