// SPDX-License-Identifier: MIT
#include "firmware/partition_table.h"
#include "firmware/crc32.h"
#include "tap.h"

#include <errno.h>
#include <string.h>

enum { BLOCK = 512, N_BLOCKS = 64, LAST = N_BLOCKS - 1 };

static uint8_t disk[N_BLOCKS * BLOCK];
static bool broken;

static int read_disk(void *context, uint64_t offset, void *buf, size_t n)
{
	if (broken)
		return -EIO;
	memcpy(buf, disk + offset, n);
	return 0;
}

static void put(size_t at, uint64_t v, unsigned n)
{
	memcpy(disk + at, &v, n);
}

static void mbr(unsigned i, size_t block, uint8_t type, uint32_t start, uint32_t n)
{
	const size_t at = block * BLOCK + 446 + 16 * i;

	put(at + 4, type, 1);
	put(at + 8, start, 4);
	put(at + 12, n, 4);
	put(block * BLOCK + 510, 0xaa55, 2);
}

static void gpt_sum(size_t block)
{
	put(block * BLOCK + 16, 0, 4);
	put(block * BLOCK + 16, crc32_of(disk + block * BLOCK, 92), 4);
}

static void gpt_header(size_t block, uint64_t entries)
{
	const size_t at = block * BLOCK;

	memcpy(disk + at, "EFI PART", 8);
	put(at + 12, 92, 4);
	put(at + 24, block, 8);
	put(at + 40, 4, 8);
	put(at + 48, 60, 8);
	put(at + 72, entries, 8);
	put(at + 80, 8, 4);
	put(at + 84, 128, 4);
	put(at + 88, crc32_of(disk + entries * BLOCK, 8 * 128), 4);
	gpt_sum(block);
}

/* Entry 0 an ESP, entry 2 something else, entry 3 behind what may be used. */
static void make_gpt(void)
{
	static const uint8_t esp[16] = { 0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8, 0xd2, 0x11,
					 0xba, 0x4b, 0x00, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b };

	memset(disk, 0, sizeof(disk));
	mbr(0, 0, 0xee, 1, LAST);
	memcpy(disk + 2 * BLOCK, esp, 16);
	memset(disk + 2 * BLOCK + 16, 0x77, 16);
	put(2 * BLOCK + 32, 10, 8);
	put(2 * BLOCK + 40, 19, 8);
	memset(disk + 2 * BLOCK + 256, 0x11, 32);
	put(2 * BLOCK + 256 + 32, 20, 8);
	put(2 * BLOCK + 256 + 40, 60, 8);
	memset(disk + 2 * BLOCK + 384, 0x11, 32);
	put(2 * BLOCK + 384 + 32, 60, 8);
	put(2 * BLOCK + 384 + 40, 61, 8);
	memcpy(disk + 61 * BLOCK, disk + 2 * BLOCK, 2 * BLOCK);
	gpt_header(1, 2);
	gpt_header(LAST, 61);
}

static struct partition_table table;

static int scan(void)
{
	const struct partition_reader reader = {
		.block_bytes = BLOCK,
		.n_blocks = N_BLOCKS,
		.read = read_disk,
	};
	struct why why;

	partition_table_free(&table);
	return partition_table_read(&reader, &table, &why);
}

static bool is(unsigned i, uint32_t number, uint64_t start, uint64_t n, bool esp)
{
	const struct partition *p = &table.partition[i];

	return i < table.n && p->number == number && p->start == start && p->n_blocks == n &&
	       p->is_esp == esp;
}

static void test_gpt(void)
{
	make_gpt();
	check(scan() == 0 && table.scheme == PARTITION_SCHEME_GPT && table.n == 2);
	check(is(0, 1, 10, 10, true) && is(1, 3, 20, 41, false));
	check(table.n && table.partition[0].id.a == 0x77777777);
	disk[BLOCK + 40]++; /* the first header is damaged: the copy counts */
	check(scan() == 0 && table.n == 2);
	disk[61 * BLOCK + 40]++; /* and so are the entries there */
	check(scan() == 0 && table.n == 0 && table.scheme == PARTITION_SCHEME_NONE);
	make_gpt();
	put(BLOCK + 24, 2, 8); /* a header that lies where it does not say */
	gpt_sum(1);
	gpt_header(LAST, 61);
	memset(disk + LAST * BLOCK, 0, 8);
	check(scan() == 0 && table.n == 0);
	make_gpt();
	mbr(0, 0, 0x83, 8, 8); /* what is left of a GPT under an MBR is none */
	check(scan() == 0 && table.scheme == PARTITION_SCHEME_MBR && is(0, 1, 8, 8, false));
}

static void test_mbr(void)
{
	memset(disk, 0, sizeof(disk));
	check(scan() == 0 && table.scheme == PARTITION_SCHEME_NONE);
	put(440, 0xdecade, 4);
	mbr(0, 0, 0xef, 8, 8);
	mbr(1, 0, 0x83, 60, 5); /* over the end */
	mbr(2, 0, 0x05, 20, 20);
	mbr(0, 20, 0x83, 2, 3);
	mbr(1, 20, 0x05, 10, 5);
	mbr(0, 30, 0x83, 1, 4);
	mbr(1, 30, 0x05, 0, 5); /* a circle */
	check(scan() == 0 && table.scheme == PARTITION_SCHEME_MBR && table.n > 3);
	check(is(0, 1, 8, 8, true) && is(1, 5, 22, 3, false) && is(2, 6, 31, 4, false));
	check(table.n && table.partition[0].id.a == 0xdecade);
	put(446, 0x33, 1); /* the first block of a file system */
	check(scan() == 0 && table.n == 0);
	broken = true;
	check(scan() == -EIO);
	broken = false;
}

int main(void)
{
	test_gpt();
	test_mbr();
	partition_table_free(&table);
	return tap_done();
}
