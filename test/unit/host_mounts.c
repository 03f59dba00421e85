// SPDX-License-Identifier: MIT
/* Where a disk's file systems are mounted, by made-up mountinfo and sysfs. */
#include "host/mounts.h"
#include "tree.h"

#include <errno.h>
#include <sys/sysmacros.h>

enum { SECTOR = 512 };

static struct tree t;
static char found[PATH_MAX];
static dev_t device;

static int find(dev_t disk, uint64_t offset, unsigned skip)
{
	const struct stat st = { .st_mode = S_IFBLK, .st_rdev = disk };

	return mount_point_find(t.root, &st, offset, skip, found, &device);
}

static bool is_at(dev_t disk, uint64_t offset, unsigned skip, const char *path, dev_t want)
{
	return find(disk, offset, skip) == 0 && !strcmp(found, path) && device == want;
}

/* Partition sda2, a loop device on image.img, and a partition of that. */
static void make_host(void)
{
	tree_put(&t, "/sys/devices/sda/dev", "8:0\n");
	tree_put(&t, "/sys/devices/sda/sda2/partition", "2\n");
	tree_put(&t, "/sys/devices/sda/sda2/start", "2048\n");
	tree_link(&t, "/sys/dev/block/8:0", "../../devices/sda");
	tree_link(&t, "/sys/dev/block/8:2", "../../devices/sda/sda2");
	tree_put(&t, "/sys/devices/loop0/dev", "7:0\n");
	tree_put(&t, "/sys/devices/loop0/loop/backing_file", "/image.img\n");
	tree_put(&t, "/sys/devices/loop0/loop/offset", "1048576\n");
	tree_put(&t, "/sys/devices/loop0/loop0p1/partition", "1\n");
	tree_put(&t, "/sys/devices/loop0/loop0p1/start", "64\n");
	tree_link(&t, "/sys/dev/block/7:0", "../../devices/loop0");
	tree_link(&t, "/sys/dev/block/259:0", "../../devices/loop0/loop0p1");
	tree_put(&t, "/image.img", "x");
	tree_put(&t, "/proc/self/mountinfo",
		 "20 1 0:19 / /proc rw - proc proc rw\n"
		 "21 1 8:2 / / rw,relatime shared:1 - ext4 /dev/sda2 rw\n"
		 "22 21 8:2 /srv /export rw - ext4 /dev/sda2 rw\n"
		 "23 21 8:2 / /mnt/a\\040b\\134c rw - ext4 /dev/sda2 rw\n"
		 "24 21 7:0 / /loop ro - ext4 /dev/loop0 ro\n"
		 "25 21 259:0 / /part ro - vfat /dev/loop0p1 ro\n"
		 "26 21 8:0 / /whole ro - iso9660 /dev/sda ro\n"
		 "nonsense\n"
		 "27 21 9:9 / /stranger rw - ext4 /dev/x rw\n");
}

static void test_devices(void)
{
	const dev_t sda = makedev(8, 0), sda2 = makedev(8, 2);

	check(is_at(sda, 2048 * SECTOR, 0, "/", sda2));
	check_msg(is_at(sda, 2048 * SECTOR, 1, "/mnt/a b\\c", sda2),
		  "a piece of the file system does not count; blanks are put back");
	check(find(sda, 2048 * SECTOR, 2) == -ENOENT && find(sda, 2049 * SECTOR, 0) == -ENOENT);
	check_msg(is_at(sda2, 0, 0, "/", sda2), "--disk may name a partition");
	check(is_at(sda, 0, 0, "/whole", sda));
	check(find(makedev(8, 16), 2048 * SECTOR, 0) == -ENOENT);
}

static void test_files(void)
{
	struct stat st;

	require(stat(tree_path(&t, "/image.img"), &st) == 0);
	check(mount_point_find(t.root, &st, 1 << 20, 0, found, &device) == 0 &&
	      !strcmp(found, "/loop") && device == makedev(7, 0));
	check(mount_point_find(t.root, &st, (1 << 20) + 64 * SECTOR, 0, found, &device) == 0 &&
	      !strcmp(found, "/part") && device == makedev(259, 0));
	check(mount_point_find(t.root, &st, 0, 0, found, &device) == -ENOENT);
	st.st_ino++;
	check_msg(mount_point_find(t.root, &st, 1 << 20, 0, found, &device) == -ENOENT,
		  "another file");
	tree_remove(&t, "/image.img");
	st.st_ino--;
	check_msg(mount_point_find(t.root, &st, 1 << 20, 0, found, &device) == -ENOENT,
		  "a file that is gone");
}

static void test_nothing(void)
{
	tree_remove(&t, "/proc/self/mountinfo");
	check(find(makedev(8, 0), 0, 0) == -ENOENT);
	check(mount_allowed("no such file system") < 0);
	check_msg(mount_allowed("proc") < 0 && mount_allowed("tmpfs") < 0,
		  "what lies on no disk is not mounted from one");
}

int main(void)
{
	t = tree_new();
	make_host();
	test_devices();
	test_files();
	test_nothing();
	tree_drop(&t);
	return tap_done();
}
