// SPDX-License-Identifier: MIT
#include "boot/disk_look.h"
#include "keeper/compute.h"

#include <errno.h>
#include <unistd.h>

struct place {
	uint64_t offset, n_bytes;
};

struct table_answer {
	int32_t error;
	struct partition_table table;
	struct why why;
};

struct file_system_answer {
	int32_t error;
	struct file_system fs;
};

static void read_table(void *context, void *answer)
{
	const uint32_t *block_bytes = context;
	struct table_answer *a = answer;

	a->error = partition_table_read(COMPUTE_FD, *block_bytes, &a->table, &a->why);
}

static void find_file_system(void *context, void *answer)
{
	const struct place *place = context;
	struct file_system_answer *a = answer;

	a->error = file_system_find(COMPUTE_FD, place->offset, place->n_bytes, &a->fs);
}

static int impossible(struct why *why)
{
	return why_set(why, -EBADMSG, "the process that looks at it says what cannot be");
}

int look_table(int fd, uint32_t block_bytes, struct partition_table *ret_table, struct why *why)
{
	const off_t n_bytes = lseek(fd, 0, SEEK_END);
	struct table_answer a;
	int r;

	if (n_bytes < 0)
		return why_errno(why, -errno, "its size");
	r = keeper_compute_from(fd, read_table, &block_bytes, &a, sizeof(a), why);
	if (r < 0)
		return r;
	if (a.error > 0 || !why_clean(&a.why))
		return impossible(why);
	if (a.error < 0)
		return why_set(why, a.error, "%s", a.why.text);
	if (!block_bytes || !partition_table_is_sound(&a.table, (uint64_t)n_bytes / block_bytes))
		return impossible(why);
	*ret_table = a.table;
	return 0;
}

int look_file_system(int fd, uint64_t offset, uint64_t n_bytes, struct file_system *ret_fs,
		     struct why *why)
{
	const struct place place = { offset, n_bytes };
	struct file_system_answer a;
	int r = keeper_compute_from(fd, find_file_system, (void *)&place, &a, sizeof(a), why);

	if (r < 0)
		return r;
	if (a.error > 0)
		return impossible(why);
	if (a.error < 0)
		return why_errno(why, a.error, "its file systems");
	if (!file_system_is_sound(&a.fs))
		return impossible(why);
	*ret_fs = a.fs;
	return 0;
}
