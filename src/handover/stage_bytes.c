// SPDX-License-Identifier: MIT
#include "handover/stage_bytes.h"

#include <errno.h>
#include <sys/mman.h>

/* The first frozen data in [at, end): only what is the payload's, not what is left of others. */
static bool next_data(const struct frozen *frozen, uint64_t at, uint64_t end,
		      struct ram_range *ret_run)
{
	uint64_t from, to;
	unsigned i;

	for (i = 0; i < frozen->n_pages && frozen->pages[i].start < end; i++) {
		from = max_u64(at, frozen->pages[i].start);
		to = min_u64(end, frozen->pages[i].end);
		if (from < to && ram_data(frozen->ram, from, to, ret_run))
			return true;
	}
	return false;
}

static bool is_all_data(const struct frozen *frozen, struct ram_range run)
{
	struct ram_range data;
	uint64_t at;

	for (at = run.start; at < run.end; at = data.end) {
		if (!next_data(frozen, at, run.end, &data) || data.start != at)
			return false;
	}
	return true;
}

/* Guest memory where there is data, over a ground of zeros that costs nothing to read. */
static int map_data(const struct frozen *frozen, struct ram_range run, uint8_t *view)
{
	struct ram_range data;
	uint64_t at;
	void *p;

	for (at = run.start; next_data(frozen, at, run.end, &data); at = data.end) {
		p = mmap(view + (data.start - run.start), data.end - data.start, PROT_READ,
			 MAP_SHARED | MAP_FIXED, frozen->ram->fd, (off_t)data.start);
		if (p == MAP_FAILED)
			return -errno;
	}
	return 0;
}

static int view_open(const struct frozen *frozen, struct ram_range run, const uint8_t **ret_view)
{
	const uint64_t n_bytes = run.end - run.start;
	void *view =
		mmap(NULL, n_bytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	int r;

	if (view == MAP_FAILED)
		return -errno;
	/* a huge page of zeros is not shared but made: 2 MiB of them for one small gap */
	madvise(view, n_bytes, MADV_NOHUGEPAGE);
	r = map_data(frozen, run, view);
	if (r < 0) {
		munmap(view, n_bytes);
		return r;
	}
	*ret_view = view;
	return 0;
}

int stage_bytes_open(const struct frozen *frozen, const struct segment_plan *plan,
		     struct stage_bytes *ret_bytes, struct why *why)
{
	struct stage_bytes bytes = { .n = 0 };
	struct ram_range run;
	unsigned i;
	int r;

	for (i = 0; i < plan->n_stage; i++, bytes.n++) {
		run = plan->stage[i];
		if (is_all_data(frozen, run)) {
			bytes.run[i] = frozen->ram->host + run.start;
			continue;
		}
		r = view_open(frozen, run, &bytes.run[i]);
		if (r < 0) {
			stage_bytes_close(&bytes);
			return why_errno(why, r, "staging %#llx-%#llx", (long long)run.start,
					 (long long)run.end);
		}
		bytes.view_bytes[i] = run.end - run.start;
	}
	*ret_bytes = bytes;
	return 0;
}

void stage_bytes_close(struct stage_bytes *bytes)
{
	unsigned i;

	for (i = 0; i < bytes->n; i++) {
		if (bytes->view_bytes[i])
			munmap((void *)bytes->run[i], bytes->view_bytes[i]);
	}
	bytes->n = 0;
}
