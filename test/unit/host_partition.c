// SPDX-License-Identifier: MIT
/* Partitions by made-up sysfs, udev and disks. */
#include "base/util.h"
#include "host/partition.h"
#include "made_disk.h"
#include "tree.h"

#include <errno.h>

enum { BLOCK = 512, DISK_BLOCKS = 8192 };

static const uint8_t guid[16] = { 0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8, 0xd2, 0x11,
				  0xba, 0x4b, 0x00, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b };
static const char guid_text[] = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b";

static uint8_t disk[DISK_BLOCKS * BLOCK];

/* A table with partition 2 at blocks 2048 to 4095. */
static void make_disk(void)
{
	const struct made_disk d = { disk, DISK_BLOCKS, BLOCK };

	memset(disk, 0, sizeof(disk));
	made_gpt_entry(&d, 2, made_linux, guid, 2048, 4095);
	made_gpt_seal(&d);
}

static void make_mbr(void)
{
	const struct made_disk d = { disk, DISK_BLOCKS, BLOCK };

	memset(disk, 0, sizeof(disk));
	made_mbr(&d, 0, 1, 0x83, 2048, 2048);
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
	struct mounted_partition p = { 0 };
	char text[256];
	int n;

	check(partition_find_below(t.root, 8, 2, partition_table_read, &p) == -ENODEV);
	make_sysfs(&t);
	n = snprintf(text, sizeof(text),
		     "S:x\nE:ID_FS_LABEL=ESP\nE:ID_PART_ENTRY_SCHEME=gpt\nE:ID_PART_ENTRY_UUID=%s\n"
		     "E:ID_PART_ENTRY_TYPE=0fc63daf-8483-4772-8e79-3d69d8477de4\n",
		     guid_text);
	tree_put_bytes(&t, "/run/udev/data/b8:2", text, (size_t)n);
	check(partition_find_below(t.root, 8, 2, partition_table_read, &p) == 0);
	check(p.number == 2 && p.start == 2048 && p.n_blocks == 2048);
	check(!memcmp(p.guid, guid, 16) && !strcmp(p.label, "ESP"));
	check(!memcmp(p.type, made_linux, 16));
	/* what is no GPT has no GUID to tell, whatever stands there */
	n = snprintf(text, sizeof(text), "E:ID_PART_ENTRY_SCHEME=dos\nE:ID_PART_ENTRY_UUID=%s\n",
		     guid_text);
	tree_put_bytes(&t, "/run/udev/data/b8:2", text, (size_t)n);
	check(partition_find_below(t.root, 8, 2, partition_table_read, &p) == -ENOTSUP);
	tree_drop(&t);
}

static void test_disk(void)
{
	struct tree t = tree_new();
	struct mounted_partition p = { 0 };

	make_disk();
	make_sysfs(&t);
	check(partition_find_below(t.root, 8, 2, partition_table_read, &p) == -ENOENT);
	tree_put_bytes(&t, "/dev/sda", disk, sizeof(disk));
	check(partition_find_below(t.root, 8, 2, partition_table_read, &p) == 0 &&
	      !memcmp(p.guid, guid, 16));
	check(!memcmp(p.type, made_linux, 16));
	memset(disk, 0, sizeof(disk));
	tree_put_bytes(&t, "/dev/sda", disk, sizeof(disk));
	check(partition_find_below(t.root, 8, 2, partition_table_read, &p) == -ENODATA);
	make_mbr();
	tree_put_bytes(&t, "/dev/sda", disk, sizeof(disk));
	check(partition_find_below(t.root, 8, 2, partition_table_read, &p) == -ENOTSUP);
	make_disk();
	tree_put_bytes(&t, "/dev/sda", disk, sizeof(disk));
	/* the kernel knows another partition by that number than the disk does */
	tree_put_bytes(&t, "/sys/devices/disk/sda/sda2/start", "4096\n", 5);
	check(partition_find_below(t.root, 8, 2, partition_table_read, &p) == -ESTALE);
	tree_put_bytes(&t, "/sys/devices/disk/sda/queue/logical_block_size", "0\n", 2);
	check(partition_find_below(t.root, 8, 2, partition_table_read, &p) == -EBADMSG);
	tree_drop(&t);
}

int main(void)
{
	test_udev();
	test_disk();
	return tap_done();
}
