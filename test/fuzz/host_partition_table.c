// SPDX-License-Identifier: MIT
/*
 * The input is a disk; its checksums are made good, or nothing behind them would be tried. It is
 * libblkid that reads it: what comes of that here is to be right, whatever it says.
 */
#include "host/partition_table.h"
#include "fuzz/fuzz.h"
#include "made_disk.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { BLOCK = 512, SEED_BLOCKS = 96 };

static void sum(uint8_t *disk, size_t n)
{
	if (n < 3 * BLOCK + MADE_ENTRIES * MADE_ENTRY_BYTES)
		return;
	made_put(disk + BLOCK + 88, made_crc32(disk + 2 * BLOCK, MADE_ENTRIES * MADE_ENTRY_BYTES),
		 4);
	made_put(disk + BLOCK + 16, 0, 4);
	made_put(disk + BLOCK + 16, made_crc32(disk + BLOCK, MADE_HEADER_BYTES), 4);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	uint8_t *disk = malloc(n_bytes + 1);
	int fd = memfd_create("disk", MFD_CLOEXEC);
	struct partition_table table;
	struct file_system fs;

	fuzz_assert(disk && fd >= 0);
	memcpy(disk, data, n_bytes);
	sum(disk, n_bytes);
	fuzz_assert(write(fd, disk, n_bytes) == (ssize_t)n_bytes);
	fuzz_assert(partition_table_read(fd, BLOCK, &table, NULL) == 0);
	fuzz_assert(partition_table_is_sound(&table, n_bytes / BLOCK));
	fuzz_assert(file_system_find(fd, 0, n_bytes, &fs) == 0);
	fuzz_assert(file_system_is_sound(&fs));
	close(fd);
	free(disk);
	return 0;
}

size_t fuzz_seed(unsigned i, uint8_t *p, size_t cap)
{
	const struct made_disk d = { p, SEED_BLOCKS, BLOCK };

	if (i > 1 || cap < SEED_BLOCKS * BLOCK)
		return 0;
	memset(p, 0, SEED_BLOCKS * BLOCK);
	if (i == 0) {
		made_gpt_entry(&d, 1, made_esp, made_linux, 34, 50);
		made_gpt_seal(&d);
		return SEED_BLOCKS * BLOCK;
	}
	/* a logical partition, and a next table that is this one again */
	made_mbr(&d, 0, 0, 0x0f, 1, 7);
	made_mbr(&d, 1, 0, 0x83, 1, 2);
	made_mbr(&d, 1, 1, 0x05, 0, 1);
	return SEED_BLOCKS * BLOCK;
}
