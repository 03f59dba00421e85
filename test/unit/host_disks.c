// SPDX-License-Identifier: MIT
/* Disks by a made-up sysfs. */
#include "host/disks.h"
#include "base/util.h"
#include "tree.h"

#include <errno.h>

static void put_disk(const struct tree *t, const char *name, const char *size)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/block/%s/device/model", name);
	tree_put(t, path, "x\n");
	snprintf(path, sizeof(path), "/sys/block/%s/size", name);
	tree_put(t, path, size);
}

static void test_find(void)
{
	struct tree t = tree_new();
	struct disk_name d = { "unchanged" };

	check(disk_find(t.root, 8, 2, &d) < 0 && !strcmp(d.path, "unchanged"));
	tree_put(&t, "/sys/devices/disk/sda/sda2/partition", "2\n");
	tree_link(&t, "/sys/dev/block/8:2", "../../devices/disk/sda/sda2");
	tree_link(&t, "/sys/dev/block/8:0", "../../devices/disk/sda");
	check(disk_find(t.root, 8, 2, &d) == 0 && !strcmp(d.path, "/dev/sda"));
	check(disk_find(t.root, 8, 0, &d) == 0 && !strcmp(d.path, "/dev/sda"));
	tree_put(&t, "/sys/devices/x/cciss!c0d0/cciss!c0d0p1/partition", "1\n");
	tree_link(&t, "/sys/dev/block/104:1", "../../devices/x/cciss!c0d0/cciss!c0d0p1");
	check(disk_find(t.root, 104, 1, &d) == 0 && !strcmp(d.path, "/dev/cciss/c0d0"));
	tree_drop(&t);
}

static void test_list(void)
{
	struct tree t = tree_new();
	struct disk_name d[3] = { { "unchanged" } };

	check(disks_list(t.root, d, 3) == 0 && !strcmp(d[0].path, "unchanged"));
	put_disk(&t, "vdb", "200\n");
	put_disk(&t, "vda", "100\n");
	put_disk(&t, "sr0", "0\n"); /* no medium */
	put_disk(&t, "fd0", "8\n"); /* a floppy that may not be there */
	put_disk(&t, "nvme0c0n1", "9\n");
	tree_put(&t, "/sys/block/nvme0c0n1/hidden", "1\n"); /* a path of one that has a name */
	put_disk(&t, "nvme0n1", "9\n");
	tree_put(&t, "/sys/block/nvme0n1/hidden", "0\n");
	tree_put(&t, "/sys/block/loop0/size", "300\n"); /* none of these is hardware */
	tree_put(&t, "/sys/block/dm-0/size", "300\n");
	check(disks_list(t.root, d, 3) == 3);
	check(!strcmp(d[0].path, "/dev/nvme0n1") && !strcmp(d[1].path, "/dev/vda") &&
	      !strcmp(d[2].path, "/dev/vdb"));
	put_disk(&t, "vdc", "200\n");
	check_msg(disks_list(t.root, d, 1) == 4, "how many there are, beside those that fit");
	tree_drop(&t);
}

int main(void)
{
	test_find();
	test_list();
	return tap_done();
}
