// SPDX-License-Identifier: MIT
/* What is on a disk, said by a process that the disk may have taken over. */
#include "boot/disk_look.h"
#include "made_disk.h"
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BLOCK = 512, DISK_BLOCKS = 8192 };

/* In the place of what looks at the disk: set before the process is made that does so. */
static void (*spoil_table)(struct partition_table *table);
static void (*spoil_files)(struct file_system *fs);
static int (*complain)(struct why *why);
static uint64_t unreadable = UINT64_MAX; /* where nobody can look */

int __real_partition_table_read(int fd, uint32_t block_bytes, struct partition_table *ret_table,
				struct why *why);
int __wrap_partition_table_read(int fd, uint32_t block_bytes, struct partition_table *ret_table,
				struct why *why);
int __real_file_system_find(int fd, uint64_t offset, uint64_t n_bytes, struct file_system *ret_fs);
int __wrap_file_system_find(int fd, uint64_t offset, uint64_t n_bytes, struct file_system *ret_fs);

static const pid_t *keeper;
/* So many processes were made to look at file systems: each has its own first call. */
static unsigned *lookers;
static bool is_looker;

int __wrap_partition_table_read(int fd, uint32_t block_bytes, struct partition_table *ret_table,
				struct why *why)
{
	const int r = __real_partition_table_read(fd, block_bytes, ret_table, why);

	if (getpid() == *keeper)
		abort();
	if (spoil_table)
		spoil_table(ret_table);
	return complain ? complain(why) : r;
}

int __wrap_file_system_find(int fd, uint64_t offset, uint64_t n_bytes, struct file_system *ret_fs)
{
	const int r = __real_file_system_find(fd, offset, n_bytes, ret_fs);

	if (getpid() == *keeper)
		abort();
	*lookers += !is_looker;
	is_looker = true;
	if (offset == unreadable)
		return -EIO;
	if (spoil_files)
		spoil_files(ret_fs);
	return r;
}

static int make_disk(void)
{
	static uint8_t bytes[DISK_BLOCKS * BLOCK];
	const struct made_disk d = { bytes, DISK_BLOCKS, BLOCK };
	int fd = memfd_create("disk", MFD_CLOEXEC);

	made_gpt_entry(&d, 1, made_esp, made_linux, 100, 199);
	made_gpt_entry(&d, 2, made_linux, made_esp, 2048, 6143);
	made_gpt_seal(&d);
	made_put(bytes + 2048 * BLOCK + 1024 + 0x38, 0xef53, 2); /* as much of ext2 as tells it */
	made_put(bytes + 2048 * BLOCK + 1024 + 0x4c, 1, 4);
	memcpy(bytes + 2048 * BLOCK + 1024 + 0x78, "a label", 7);
	require(fd >= 0 && write(fd, bytes, sizeof(bytes)) == sizeof(bytes));
	return fd;
}

static void no_scheme(struct partition_table *t)
{
	t->scheme = PARTITION_SCHEME_NONE;
}

static void other_scheme(struct partition_table *t)
{
	t->scheme = 3;
}

static void too_many(struct partition_table *t)
{
	t->n = MOST_PARTITIONS + 1;
}

static void countless(struct partition_table *t)
{
	t->n = UINT32_MAX;
}

static void number_0(struct partition_table *t)
{
	t->partition[0].number = 0;
}

static void twice(struct partition_table *t)
{
	t->partition[1].number = t->partition[0].number;
}

static void empty(struct partition_table *t)
{
	t->partition[1].n_blocks = 0;
}

static void behind(struct partition_table *t)
{
	t->partition[1].start = DISK_BLOCKS;
}

static void over_the_end(struct partition_table *t)
{
	t->partition[1].n_blocks = DISK_BLOCKS - t->partition[1].start + 1;
}

static void wraps(struct partition_table *t)
{
	t->partition[1].start = UINT64_MAX - 1;
	t->partition[1].n_blocks = 4;
}

static void crash(struct partition_table *t)
{
	__asm__ volatile("" ::"r"(t));
	__builtin_trap();
}

static void leave(struct partition_table *t)
{
	_exit(t->n ? 0 : 1);
}

static void signals(struct partition_table *t)
{
	kill(getppid(), t->n ? SIGKILL : 0);
}

static const struct {
	const char *name;
	void (*spoil)(struct partition_table *table);
} tables[] = {
	{ "partitions of no scheme", no_scheme },
	{ "a scheme that there is not", other_scheme },
	{ "more than there is room for", too_many },
	{ "4 billion", countless },
	{ "number 0", number_0 },
	{ "a number twice", twice },
	{ "no blocks", empty },
	{ "behind the disk", behind },
	{ "over its end", over_the_end },
	{ "a start that wraps", wraps },
	{ "a crash", crash },
	{ "an end without an answer", leave },
	{ "a signal to who asks", signals },
};

static void type_without_end(struct file_system *fs)
{
	memset(fs->type, 'a', sizeof(fs->type));
}

static void label_without_end(struct file_system *fs)
{
	memset(fs->label, 'a', sizeof(fs->label));
}

static void type_with_slash(struct file_system *fs)
{
	memcpy(fs->type, "../a", 5);
}

static void type_for_terminals(struct file_system *fs)
{
	memcpy(fs->type, "\033[2J", 5);
}

static const struct {
	const char *name;
	void (*spoil)(struct file_system *fs);
} files[] = {
	{ "a type without end", type_without_end },
	{ "a label without end", label_without_end },
	{ "a type that is no word", type_with_slash },
	{ "a type that a terminal would obey", type_for_terminals },
};

static int look_file_system(int fd, uint64_t offset, uint64_t n_bytes, struct file_system *ret_fs,
			    struct why *why)
{
	const struct disk_place place = { offset, n_bytes };
	unsigned failed;

	return look_file_systems(fd, &place, 1, ret_fs, &failed, why);
}

static void test_hostile(int fd)
{
	struct partition_table table = { .n = 77 };
	struct file_system fs = { .type = "77" };
	struct why why;

	for (unsigned i = 0; i < ARRAY_SIZE(tables); i++) {
		spoil_table = tables[i].spoil;
		why = (struct why){ "" };
		check_msg(look_table(fd, BLOCK, &table, &why) < 0 && table.n == 77 && why.text[0],
			  "%s: %s", tables[i].name, why.text);
		check(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
	}
	spoil_table = NULL;
	for (unsigned i = 0; i < ARRAY_SIZE(files); i++) {
		spoil_files = files[i].spoil;
		why = (struct why){ "" };
		check_msg(look_file_system(fd, 0, BLOCK, &fs, &why) < 0 && !strcmp(fs.type, "77") &&
				  why.text[0],
			  "%s: %s", files[i].name, why.text);
	}
	spoil_files = NULL;
}

static int for_terminals(struct why *why)
{
	return why_set(why, -EIO, "\033[2Jno disk");
}

static int without_end(struct why *why)
{
	memset(why->text, 'a', sizeof(why->text));
	return -EIO;
}

/* What it says went wrong is shown to people. */
static void test_complaints(int fd)
{
	struct partition_table table;
	struct why why = { "" };

	complain = for_terminals;
	check(look_table(fd, BLOCK, &table, &why) == -EIO && !strcmp(why.text, "?[2Jno disk"));
	complain = without_end;
	check(look_table(fd, BLOCK, &table, &why) == -EBADMSG && strlen(why.text) < 100);
	complain = NULL;
}

/* As many as there is room for are a table; with one more behind it that looks like one it is none.
 */
static void test_room(void)
{
	static struct {
		struct partition_table table;
		struct partition more;
	} all;
	struct partition *p = all.table.partition;

	all.table.scheme = PARTITION_SCHEME_GPT;
	for (unsigned i = 0; i < MOST_PARTITIONS; i++)
		p[i] = (struct partition){ .number = i + 1, .start = i, .n_blocks = 1 };
	all.more = p[MOST_PARTITIONS - 1];
	all.more.number++;
	all.table.n = MOST_PARTITIONS;
	check(partition_table_is_sound(&all.table, MOST_PARTITIONS));
	all.table.n++;
	check(!partition_table_is_sound(&all.table, MOST_PARTITIONS));
}

/* All partitions of a disk by one process, or as few as their answers have room in. */
static void test_many(int fd)
{
	static struct disk_place place[MOST_PARTITIONS];
	static struct file_system fs[MOST_PARTITIONS];
	unsigned failed = 0, wrong = 0, i;
	struct why why = { "" };

	for (i = 0; i < MOST_PARTITIONS; i++)
		place[i] = (struct disk_place){ (uint64_t)i * BLOCK, BLOCK };
	place[200] = (struct disk_place){ 2048 * BLOCK, 4096 * BLOCK };
	*lookers = 0;
	check(look_file_systems(fd, place, 100, fs, &failed, &why) == 0 && *lookers == 1);
	*lookers = 0;
	check(look_file_systems(fd, place, MOST_PARTITIONS, fs, &failed, &why) == 0);
	for (i = 0; i < MOST_PARTITIONS; i++)
		wrong += strcmp(fs[i].type, i == 200 ? "ext2" : "") != 0;
	check_msg(wrong == 0 && *lookers == 2, "%u are wrong, by %u processes", wrong, *lookers);
	unreadable = place[199].offset;
	check(look_file_systems(fd, place, MOST_PARTITIONS, fs, &failed, &why) == -EIO &&
	      failed == 199 && why.text[0]);
	unreadable = UINT64_MAX;
	check(look_file_systems(fd, place, 0, fs, &failed, &why) == 0);
}

int main(void)
{
	const pid_t self = getpid();
	const int fd = make_disk();
	struct partition_table table;
	struct file_system fs;
	struct why why = { "" };

	keeper = &self;
	lookers = mmap(NULL, sizeof(*lookers), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		       -1, 0);
	require(lookers != MAP_FAILED);
	check(look_table(fd, BLOCK, &table, &why) == 0 && table.scheme == PARTITION_SCHEME_GPT &&
	      table.n == 2 && table.partition[1].start == 2048);
	check(look_file_system(fd, 2048 * BLOCK, 4096 * BLOCK, &fs, &why) == 0 &&
	      !strcmp(fs.type, "ext2") && !strcmp(fs.label, "a label"));
	check(look_file_system(fd, 0, BLOCK, &fs, &why) == 0 && !fs.type[0]);
	check(look_table(fd, 0, &table, &why) == -EINVAL && why.text[0]);
	test_hostile(fd);
	test_complaints(fd);
	test_room();
	test_many(fd);
	check(look_table(fd, BLOCK, &table, &why) == 0 && table.n == 2);
	check(look_table(-1, BLOCK, &table, &why) == -EBADF);
	close(fd);
	return tap_done();
}
