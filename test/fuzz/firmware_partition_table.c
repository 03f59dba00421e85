// SPDX-License-Identifier: MIT
/* The input is a disk; its checksums are made good, or nothing behind them would be tried. */
#include "firmware/partition_table.h"
#include "base/util.h"
#include "firmware/crc32.h"
#include "fuzz/fuzz.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 512, ENTRY = 128 };

static int read_disk(void *context, uint64_t offset, void *buf, size_t n)
{
	const struct {
		uint8_t *p;
		size_t n;
	} *disk = context;

	fuzz_assert(n <= disk->n && offset <= disk->n - n);
	memcpy(buf, disk->p + offset, n);
	return 0;
}

static void put32(uint8_t *p, uint32_t v)
{
	memcpy(p, &v, sizeof(v));
}

static void sum(uint8_t *disk, size_t n)
{
	uint32_t entries = 0, count = 0;

	if (n < 3 * BLOCK)
		return;
	memcpy(&count, disk + BLOCK + 80, 4);
	if (count <= (n - 2 * BLOCK) / ENTRY)
		entries = crc32_of(disk + 2 * BLOCK, (uint64_t)count * ENTRY);
	put32(disk + BLOCK + 88, entries);
	put32(disk + BLOCK + 16, 0);
	put32(disk + BLOCK + 16, crc32_of(disk + BLOCK, 92));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	struct {
		uint8_t *p;
		size_t n;
	} disk = { malloc(n_bytes + 1), n_bytes };
	struct partition_reader reader = {
		.context = &disk,
		.block_bytes = BLOCK,
		.n_blocks = n_bytes / BLOCK,
		.read = read_disk,
	};
	struct partition_table table;
	struct why why;

	fuzz_assert(disk.p);
	memcpy(disk.p, data, n_bytes);
	sum(disk.p, n_bytes);
	fuzz_assert(partition_table_read(&reader, &table, &why) == 0);
	fuzz_assert((table.n == 0) || table.scheme != PARTITION_SCHEME_NONE);
	for (unsigned i = 0; i < table.n; i++) {
		const struct partition *p = &table.partition[i];

		fuzz_assert(p->number && p->n_blocks);
		fuzz_assert(p->start < reader.n_blocks &&
			    p->n_blocks <= reader.n_blocks - p->start);
		fuzz_assert(i == 0 || p->number > table.partition[i - 1].number);
	}
	partition_table_free(&table);
	free(disk.p);
	return 0;
}

size_t fuzz_seed(unsigned i, uint8_t *p, size_t cap)
{
	if (i > 1 || cap < 8 * BLOCK)
		return 0;
	memset(p, 0, 8 * BLOCK);
	p[510] = 0x55;
	p[511] = 0xaa;
	p[446 + 4] = i ? 0x0f : 0xee;
	p[446 + 8] = 1;
	p[446 + 12] = 7;
	if (i) { /* a logical partition, and a next table that is this one again */
		memcpy(p + BLOCK + 510, p + 510, 2);
		p[BLOCK + 446 + 4] = 0x83;
		p[BLOCK + 446 + 8] = 1;
		p[BLOCK + 446 + 12] = 2;
		p[BLOCK + 462 + 4] = 0x05;
		p[BLOCK + 462 + 12] = 1;
		return 8 * BLOCK;
	}
	memcpy(p + BLOCK, "EFI PART", 8);
	p[BLOCK + 12] = 92;
	p[BLOCK + 24] = 1;
	p[BLOCK + 40] = 4;
	p[BLOCK + 48] = 7;
	p[BLOCK + 72] = 2;
	p[BLOCK + 80] = 4;
	p[BLOCK + 84] = ENTRY;
	memset(p + 2 * BLOCK, 0x11, 32);
	p[2 * BLOCK + 32] = 4;
	p[2 * BLOCK + 40] = 7;
	return 8 * BLOCK;
}
