// SPDX-License-Identifier: MIT
#include "boot/disk_look.h"
#include "keeper/compute.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { MOST_AT_ONCE = 128 }; /* as many as an answer has room for */

struct table_answer {
	int32_t error;
	struct partition_table table;
	struct why why;
};

struct places {
	const struct disk_place *place;
	unsigned n;
};

struct file_systems_answer {
	int32_t error;
	uint32_t n; /* found before that */
	struct file_system fs[MOST_AT_ONCE];
};

static void read_table(void *context, void *answer)
{
	const uint32_t *block_bytes = context;
	struct table_answer *a = answer;

	a->error = partition_table_read(COMPUTE_FD, *block_bytes, &a->table, &a->why);
}

static void find_file_systems(void *context, void *answer)
{
	const struct places *places = context;
	struct file_systems_answer *a = answer;

	while (a->n < places->n) {
		const struct disk_place *p = &places->place[a->n];

		a->error = file_system_find(COMPUTE_FD, p->offset, p->n_bytes, &a->fs[a->n]);
		if (a->error < 0)
			return;
		a->n++;
	}
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
		return why_impossible(why, "looks at");
	if (a.error < 0)
		return why_set(why, a.error, "%s", a.why.text);
	if (!block_bytes || !partition_table_is_sound(&a.table, (uint64_t)n_bytes / block_bytes))
		return why_impossible(why, "looks at");
	*ret_table = a.table;
	return 0;
}

/* One process for all of them: its beginning takes longer than the look at one. */
static int look_at_once(int fd, const struct places *places, struct file_system *ret_fs,
			unsigned *ret_failed, struct why *why)
{
	struct file_systems_answer a;
	int r = keeper_compute_from(fd, find_file_systems, (void *)places, &a, sizeof(a), why);

	*ret_failed = 0;
	if (r < 0)
		return r;
	if (a.error > 0 || (a.error == 0 ? a.n != places->n : a.n >= places->n))
		return why_impossible(why, "looks at");
	*ret_failed = a.n;
	if (a.error < 0)
		return why_errno(why, a.error, "its file systems");
	for (unsigned i = 0; i < places->n; i++) {
		*ret_failed = i;
		if (!file_system_is_sound(&a.fs[i]))
			return why_impossible(why, "looks at");
	}
	memcpy(ret_fs, a.fs, places->n * sizeof(*ret_fs));
	return 0;
}

int look_file_systems(int fd, const struct disk_place *place, unsigned n,
		      struct file_system *ret_fs, unsigned *ret_failed, struct why *why)
{
	unsigned done, failed;
	int r = 0;

	for (done = 0; done < n && r == 0; done += MOST_AT_ONCE) {
		const struct places places = { place + done,
					       (unsigned)min_u64(n - done, MOST_AT_ONCE) };

		r = look_at_once(fd, &places, ret_fs + done, &failed, why);
		if (r < 0)
			*ret_failed = done + failed;
	}
	return r;
}
