// SPDX-License-Identifier: MIT
/* What libblkid's answers become: disks made here, whole and damaged, in blocks of two sizes. */
#include "host/partition_table.h"
#include "made_disk.h"
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

enum { BYTES = 4 << 20 };

static const uint8_t ids[3][16] = { { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 },
				    { 0x22, 0x22 },
				    { 0x33, 0x33 } };
static uint8_t bytes[BYTES];
static struct made_disk disk;
static struct partition_table table;

static int disk_fd(size_t n)
{
	int fd = memfd_create("disk", MFD_CLOEXEC);

	if (fd < 0 || write(fd, bytes, n) != (ssize_t)n)
		abort();
	return fd;
}

static int scan_cut(size_t n)
{
	int fd = disk_fd(n), r;

	r = partition_table_read(fd, disk.block, &table, NULL);
	close(fd);
	return r;
}

static int scan(void)
{
	return scan_cut(BYTES);
}

static bool is(unsigned i, uint32_t number, uint64_t start, uint64_t n)
{
	const struct partition *p = &table.partition[i];

	return i < table.n && p->number == number && p->start == start && p->n_blocks == n;
}

/* 1 an ESP, 3 and 128 others. */
static void make_gpt(uint32_t block)
{
	disk = (struct made_disk){ bytes, BYTES / block, block };
	memset(bytes, 0, sizeof(bytes));
	made_gpt_entry(&disk, 1, made_esp, ids[0], 100, 199);
	made_gpt_entry(&disk, 3, made_linux, ids[1], 200, 200);
	made_gpt_entry(&disk, 128, made_linux, ids[2], 300, 899);
	made_gpt_seal(&disk);
}

static bool is_made_gpt(void)
{
	return table.scheme == PARTITION_SCHEME_GPT && table.n == 3 && is(0, 1, 100, 100) &&
	       is(1, 3, 200, 1) && is(2, 128, 300, 600);
}

static void test_gpt(uint32_t block)
{
	make_gpt(block);
	check_msg(scan() == 0 && is_made_gpt(), "GPT, blocks of %u", block);
	require(table.n == 3);
	check(!memcmp(table.partition[0].id, ids[0], 16) &&
	      !memcmp(table.partition[0].type, made_esp, 16) &&
	      !memcmp(table.partition[1].type, made_linux, 16));
	check(partition_is_esp(table.scheme, &table.partition[0]) &&
	      !partition_is_esp(table.scheme, &table.partition[1]));
	bytes[block + 40]++;
	check_msg(scan() == 0 && is_made_gpt(), "the first header is damaged: the copy counts");
	bytes[(disk.n_blocks - 1) * block + 40]++;
	check_msg(scan() == 0 && table.n == 0 && table.scheme == PARTITION_SCHEME_NONE,
		  "and with both damaged nothing does");
	make_gpt(block);
	bytes[2 * block + 32]++;
	check_msg(scan() == 0 && is_made_gpt(), "the first entries are damaged");
	make_gpt(block);
	made_mbr(&disk, 0, 0, 0x83, 8, 8);
	check_msg(scan() == 0 && table.scheme == PARTITION_SCHEME_MBR && is(0, 1, 8, 8),
		  "what is left of a GPT under an MBR is none");
	make_gpt(block);
	disk.block ^= 512 ^ 4096;
	check_msg(scan() == 0 && table.n == 0, "not in blocks of another size");
	make_gpt(block);
	check_msg(scan_cut(BYTES / 2) == 0 && table.n == 0,
		  "a table of a longer disk than this one");
}

static void make_mbr(uint32_t block)
{
	disk = (struct made_disk){ bytes, BYTES / block, block };
	memset(bytes, 0, sizeof(bytes));
	made_put(bytes + 440, 0xdeca1234, 4);
	made_mbr(&disk, 0, 0, 0xef, 8, 8);
	made_mbr(&disk, 0, 1, 0x83, (uint32_t)disk.n_blocks - 4, 5); /* over the end */
	made_mbr(&disk, 0, 2, 0x05, 20, 20);
	made_mbr(&disk, 0, 3, 0x83, 60, 5);
	made_mbr(&disk, 20, 0, 0x83, 2, 3);
	made_mbr(&disk, 20, 1, 0x05, 10, 5);
	made_mbr(&disk, 30, 0, 0x83, 1, 4);
}

static void test_mbr(uint32_t block)
{
	make_mbr(block);
	check_msg(scan() == 0 && table.scheme == PARTITION_SCHEME_MBR && table.n == 4,
		  "MBR, blocks of %u", block);
	check(is(0, 1, 8, 8) && is(1, 4, 60, 5) && is(2, 5, 22, 3) && is(3, 6, 31, 4));
	require(table.n == 4);
	check(!memcmp(table.partition[3].id, (uint8_t[16]){ 0x34, 0x12, 0xca, 0xde }, 16));
	check(table.partition[0].type[0] == 0xef && table.partition[1].type[0] == 0x83);
	check(partition_is_esp(table.scheme, &table.partition[0]) &&
	      !partition_is_esp(table.scheme, &table.partition[1]));
	made_mbr(&disk, 30, 1, 0x05, 0, 5);
	check_msg(scan() == 0 && table.n >= 4 && table.n < MOST_PARTITIONS,
		  "a chain of tables that is a circle");
	make_mbr(block);
	made_put(bytes + 440, 0, 4);
	check(scan() == 0 && table.n == 4 && table.partition[0].id[0] == 0);
	bytes[446] = 0x33;
	check_msg(scan() == 0 && table.n == 0, "the first block of a file system ends so too");
}

static void test_nothing(void)
{
	struct why why = { "" };
	int fd;

	disk = (struct made_disk){ bytes, BYTES / 512, 512 };
	memset(bytes, 0, sizeof(bytes));
	check(scan() == 0 && table.scheme == PARTITION_SCHEME_NONE && table.n == 0);
	check_msg(scan_cut(0) == 0 && table.n == 0, "a file of no bytes");
	check_msg(scan_cut(511) == 0 && table.n == 0, "less than a block");
	for (size_t i = 0, x = 1; i < BYTES; i++, x = x * 1103515245 + 12345)
		bytes[i] = (uint8_t)(x >> 16);
	made_put(bytes + 510, 0xaa55, 2);
	check_msg(scan() == 0 && table.n == 0, "garbage");
	fd = disk_fd(BYTES);
	check(partition_table_read(fd, 768, &table, &why) == -EINVAL && why.text[0]);
	close(fd);
	check(partition_table_read(fd, 512, &table, &why) < 0 && why.text[0]);
}

static int find(uint64_t offset, uint64_t n, struct file_system *fs)
{
	int fd = disk_fd(BYTES), r;

	r = file_system_find(fd, offset, n, fs);
	close(fd);
	return r;
}

/* As much of ext2's superblock as tells it: Linux, Documentation/filesystems/ext4/super.rst */
static void test_file_system(void)
{
	enum { AT = 1 << 20 };
	struct file_system fs;

	memset(bytes, 0, sizeof(bytes));
	check(find(0, BYTES, &fs) == 0 && !fs.type[0]);
	made_put(bytes + AT + 1024 + 0x38, 0xef53, 2);
	made_put(bytes + AT + 1024 + 0x4c, 1, 4);
	memcpy(bytes + AT + 1024 + 0x78, "a label", 7);
	check(find(AT, AT, &fs) == 0 && !strcmp(fs.type, "ext2") && !strcmp(fs.label, "a label"));
	check_msg(find(AT / 2, AT, &fs) == 0 && !fs.type[0], "it begins where it begins");
	/* swap is no file system */
	memset(bytes, 0, sizeof(bytes));
	memcpy(bytes + AT + 4086, "SWAPSPACE2", 10);
	made_put(bytes + AT + 1024, 1, 4);
	made_put(bytes + AT + 1028, 200, 4);
	check(find(AT, AT, &fs) == 0 && !fs.type[0]);
}

int main(void)
{
	test_gpt(512);
	test_gpt(4096);
	test_mbr(512);
	test_mbr(4096);
	test_nothing();
	test_file_system();
	return tap_done();
}
