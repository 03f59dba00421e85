// SPDX-License-Identifier: MIT
/* Partitions by made-up sysfs, udev and disks; the table of a disk cut at every length. */
#include "base/util.h"
#include "host/gpt.h"
#include "host/partition.h"
#include "tree.h"

#include <errno.h>

enum { BLOCK = 512, DISK_BYTES = 34 * BLOCK, N_ENTRIES = 128, ENTRY_BYTES = 128 };

static const uint8_t guid[16] = { 0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8, 0xd2, 0x11,
				  0xba, 0x4b, 0x00, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b };
static const char guid_text[] = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b";

static uint8_t disk[DISK_BYTES];

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

static void put(uint64_t at, uint64_t v, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		disk[at + i] = (uint8_t)(v >> 8 * i);
}

static void seal(void)
{
	put(BLOCK + 88, crc32(disk + 2 * BLOCK, N_ENTRIES * ENTRY_BYTES), 4);
	put(BLOCK + 16, 0, 4);
	put(BLOCK + 16, crc32(disk + BLOCK, 92), 4);
}

/* A table with partition 2 at blocks 2048 to 4095. */
static void make_disk(void)
{
	const uint64_t entry = 2 * BLOCK + ENTRY_BYTES;

	memset(disk, 0, sizeof(disk));
	memcpy(disk + BLOCK, "EFI PART", 8);
	put(BLOCK + 12, 92, 4);
	put(BLOCK + 72, 2, 8);
	put(BLOCK + 80, N_ENTRIES, 4);
	put(BLOCK + 84, ENTRY_BYTES, 4);
	memcpy(disk + entry + 16, guid, 16);
	put(entry + 32, 2048, 8);
	put(entry + 40, 4095, 8);
	seal();
}

static int find(size_t n_bytes, uint32_t number, struct gpt_partition *p)
{
	uint8_t *copy = malloc(n_bytes ? n_bytes : 1);
	int r;

	/* in a block of its own, so that a sanitizer sees what is read behind it */
	if (!copy)
		abort();
	memcpy(copy, disk, n_bytes);
	r = gpt_find((struct bytes){ copy, n_bytes }, BLOCK, number, p);
	free(copy);
	return r;
}

static void test_gpt(void)
{
	struct gpt_partition p = { 0 };
	unsigned n_bad = 0;

	make_disk();
	check(find(DISK_BYTES, 2, &p) == 0 && p.first == 2048 && p.last == 4095 &&
	      !memcmp(p.guid, guid, 16));
	check(find(DISK_BYTES, 1, &p) == -ENODATA && find(DISK_BYTES, 0, &p) == -ENODATA);
	check(find(DISK_BYTES, 129, &p) == -ENODATA &&
	      find(DISK_BYTES, UINT32_MAX, &p) == -ENODATA);
	for (size_t n = 0; n < DISK_BYTES; n++)
		n_bad += find(n, 2, &p) == 0;
	check_msg(n_bad == 0, "a table cut short is none");
	for (size_t i = 0; i < 92; i++) {
		disk[BLOCK + i] ^= 0x40;
		n_bad += find(DISK_BYTES, 2, &p) == 0;
		disk[BLOCK + i] ^= 0x40;
	}
	check_msg(n_bad == 0, "each byte of the header counts");
	disk[5 * BLOCK] ^= 1;
	check(find(DISK_BYTES, 2, &p) == -EBADMSG);
	/* sizes that lead elsewhere, with right checksums */
	make_disk();
	put(BLOCK + 84, 0, 4);
	seal();
	check(find(DISK_BYTES, 2, &p) == -EBADMSG);
	make_disk();
	put(BLOCK + 72, UINT64_MAX / 2, 8);
	seal();
	check(find(DISK_BYTES, 2, &p) == -ERANGE);
	make_disk();
	put(BLOCK + 12, 0xffffffff, 4);
	check(find(DISK_BYTES, 2, &p) == -EBADMSG);
}

/* Partition sda2, 8:2, as sysfs shows it. */
static void make_sysfs(const struct tree *t)
{
	tree_put_bytes(t, "/sys/devices/disk/sda/sda2/partition", "2\n", 2);
	tree_put_bytes(t, "/sys/devices/disk/sda/sda2/start", "2048\n", 5);
	tree_put_bytes(t, "/sys/devices/disk/sda/sda2/size", "2048\n", 5);
	tree_put_bytes(t, "/sys/devices/disk/sda/queue/logical_block_size", "512\n", 4);
	tree_link(t, "/sys/dev/block/8:2", "../../devices/disk/sda/sda2");
}

static void test_udev(void)
{
	struct tree t = tree_new();
	struct partition p = { 0 };
	char text[256];
	int n;

	check(partition_find_below(t.root, 8, 2, &p) == -ENODEV);
	make_sysfs(&t);
	n = snprintf(
		text, sizeof(text),
		"S:x\nE:ID_FS_LABEL=ESP\nE:ID_PART_ENTRY_SCHEME=gpt\nE:ID_PART_ENTRY_UUID=%s\n",
		guid_text);
	tree_put_bytes(&t, "/run/udev/data/b8:2", text, (size_t)n);
	check(partition_find_below(t.root, 8, 2, &p) == 0);
	check(p.number == 2 && p.start == 2048 && p.n_blocks == 2048);
	check(!memcmp(p.guid, guid, 16) && !strcmp(p.label, "ESP"));
	/* what is no GPT has no GUID to tell, whatever stands there */
	n = snprintf(text, sizeof(text), "E:ID_PART_ENTRY_SCHEME=dos\nE:ID_PART_ENTRY_UUID=%s\n",
		     guid_text);
	tree_put_bytes(&t, "/run/udev/data/b8:2", text, (size_t)n);
	check(partition_find_below(t.root, 8, 2, &p) == -ENOTSUP);
	tree_drop(&t);
}

static void test_disk(void)
{
	struct tree t = tree_new();
	struct partition p = { 0 };

	make_disk();
	make_sysfs(&t);
	check(partition_find_below(t.root, 8, 2, &p) == -ENOENT);
	tree_put_bytes(&t, "/dev/sda", disk, sizeof(disk));
	check(partition_find_below(t.root, 8, 2, &p) == 0 && !memcmp(p.guid, guid, 16));
	/* the kernel knows another partition by that number than the disk does */
	tree_put_bytes(&t, "/sys/devices/disk/sda/sda2/start", "4096\n", 5);
	check(partition_find_below(t.root, 8, 2, &p) == -ESTALE);
	tree_put_bytes(&t, "/sys/devices/disk/sda/queue/logical_block_size", "0\n", 2);
	check(partition_find_below(t.root, 8, 2, &p) == -EBADMSG);
	tree_drop(&t);
}

int main(void)
{
	test_gpt();
	test_udev();
	test_disk();
	return tap_done();
}
