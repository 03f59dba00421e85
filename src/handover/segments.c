// SPDX-License-Identifier: MIT
#include "handover/segments.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A growing list of ranges, in order. */
struct runs {
	struct ram_range *range;
	size_t n, room;
};

static int runs_add(struct runs *runs, struct ram_range range)
{
	struct ram_range *grown;
	size_t room;

	if (runs->n && runs->range[runs->n - 1].end == range.start) {
		runs->range[runs->n - 1].end = range.end;
		return 0;
	}
	if (runs->n == runs->room) {
		room = runs->room ? 2 * runs->room : 256;
		grown = realloc(runs->range, room * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		runs->range = grown;
		runs->room = room;
	}
	runs->range[runs->n++] = range;
	return 0;
}

/* The range of usable RAM that [start, end) lies in, NULL when it lies in none. */
static const struct memory_range *ram_around(const struct memory_map *map, uint64_t start,
					     uint64_t end)
{
	unsigned i;

	for (i = 0; i < map->n; i++) {
		if (map->range[i].kind == MEMORY_RAM && map->range[i].start <= start &&
		    end <= map->range[i].end)
			return &map->range[i];
	}
	return NULL;
}

static bool overlap(struct ram_range a, struct ram_range b)
{
	return a.start < b.end && b.start < a.end;
}

/* kexec does not ask whether a destination is RAM: what is not would be lost silently. */
static int check_range(const struct frozen *frozen, const struct memory_map *map,
		       struct ram_range range, struct why *why)
{
	if (range.start >= range.end || (range.start | range.end) % PAGE_BYTES)
		return why_set(why, -EINVAL, "frozen pages %#llx-%#llx: not a run of whole pages",
			       (long long)range.start, (long long)range.end);
	if (!ram_around(map, range.start, range.end))
		return why_set(why, -ERANGE, "frozen pages %#llx-%#llx are not in one range of RAM",
			       (long long)range.start, (long long)range.end);
	if (overlap(range, frozen->resume))
		return why_set(why, -EINVAL, "frozen pages %#llx-%#llx overlap the purgatory's",
			       (long long)range.start, (long long)range.end);
	return 0;
}

int segments_resume_check(const struct frozen *frozen, const struct memory_map *map,
			  struct why *why)
{
	const struct ram_range *resume = &frozen->resume;

	if (!ram_around(map, resume->start, resume->end))
		return why_set(why, -ERANGE,
			       "the purgatory's %#llx-%#llx are not in one range of RAM",
			       (long long)resume->start, (long long)resume->end);
	return 0;
}

static int check_frozen(const struct frozen *frozen, const struct memory_map *map, struct why *why)
{
	unsigned i;
	int r;

	if (!frozen->n_pages)
		return why_set(why, -EINVAL, "nothing frozen");
	for (i = 0; i < frozen->n_pages; i++) {
		r = check_range(frozen, map, frozen->pages[i], why);
		if (r < 0)
			return r;
		if (i && frozen->pages[i].start < frozen->pages[i - 1].end)
			return why_set(why, -EINVAL, "frozen pages %#llx-%#llx: out of order",
				       (long long)frozen->pages[i].start,
				       (long long)frozen->pages[i].end);
	}
	return 0;
}

/* Most pages that hold anything hold it at the start: the first line of memory decides. */
static bool page_is_zero(const uint8_t *page)
{
	const uint64_t *word = (const uint64_t *)page;
	uint64_t any;
	unsigned i, j;

	for (i = 0; i < PAGE_BYTES / 8; i += 16) {
		for (j = 0, any = 0; j < 16; j++)
			any |= word[i + j];
		if (any)
			return false;
	}
	return true;
}

static int add_data(struct runs *data, const uint8_t *host, struct ram_range run)
{
	uint64_t at;
	int r = 0;

	for (at = run.start; at < run.end && r == 0; at += PAGE_BYTES) {
		if (!page_is_zero(host + at))
			r = runs_add(data, (struct ram_range){ at, at + PAGE_BYTES });
	}
	return r;
}

/* All runs of pages that are not zero. */
static int find_data(const struct frozen *frozen, struct runs *data)
{
	struct ram_range run;
	uint64_t at;
	unsigned i;
	int r = 0;

	for (i = 0; i < frozen->n_pages; i++) {
		at = frozen->pages[i].start;
		while (r == 0 && ram_data(frozen->ram, at, frozen->pages[i].end, &run)) {
			r = add_data(data, frozen->ram->host, run);
			at = run.end;
			if (at >= frozen->pages[i].end)
				break;
		}
	}
	return r;
}

struct gap {
	uint64_t n_bytes;
	size_t behind; /* which run */
};

static int gap_by_size(const void *a, const void *b)
{
	const struct gap *x = a, *y = b;

	return (x->n_bytes > y->n_bytes) - (x->n_bytes < y->n_bytes);
}

/* The gaps that may be staged too: free RAM, so that nothing is lost by writing zeros there. */
static size_t find_gaps(const struct frozen *frozen, const struct memory_map *map,
			const struct runs *data, struct gap *ret_gap)
{
	struct ram_range between;
	size_t i, n = 0;

	for (i = 0; i + 1 < data->n; i++) {
		between = (struct ram_range){ data->range[i].end, data->range[i + 1].start };
		if (!overlap(between, frozen->resume) &&
		    ram_around(map, data->range[i].start, data->range[i + 1].end))
			ret_gap[n++] = (struct gap){ between.end - between.start, i };
	}
	return n;
}

/* Close the gaps marked by an empty end, from the left. */
static void close_gaps(struct runs *data, const struct gap *gap, size_t n_gaps)
{
	size_t i, n = 0;

	for (i = 0; i < n_gaps; i++)
		data->range[gap[i].behind].end = 0;
	for (i = 1; i < data->n; i++) {
		if (data->range[n].end == 0) {
			data->range[n].end = data->range[i].end;
			continue;
		}
		data->range[++n] = data->range[i];
	}
	data->n = n + 1;
}

static int merge(const struct frozen *frozen, const struct memory_map *map, struct runs *data,
		 struct why *why)
{
	const size_t too_many = data->n > SEGMENTS_MAX ? data->n - SEGMENTS_MAX : 0;
	struct gap *gap;
	size_t n;

	if (!too_many)
		return 0;
	gap = calloc(data->n, sizeof(*gap));
	if (!gap)
		return why_errno(why, -ENOMEM, "segment plan");
	n = find_gaps(frozen, map, data, gap);
	qsort(gap, n, sizeof(*gap), gap_by_size);
	if (n >= too_many)
		close_gaps(data, gap, too_many);
	free(gap);
	if (n < too_many)
		return why_set(why, -E2BIG,
			       "the image's memory lies in %zu runs between which is no "
			       "free RAM; kexec takes %d",
			       data->n - n, SEGMENTS_MAX);
	return 0;
}

/* What is frozen and not staged. */
static int find_zero(const struct frozen *frozen, const struct segment_plan *plan,
		     struct runs *zero)
{
	unsigned i, s = 0;
	uint64_t at, stop;
	int r = 0;

	for (i = 0; i < frozen->n_pages && r == 0; i++) {
		for (at = frozen->pages[i].start; at < frozen->pages[i].end && r == 0; at = stop) {
			while (s < plan->n_stage && plan->stage[s].end <= at)
				s++;
			if (s < plan->n_stage && plan->stage[s].start <= at) {
				stop = plan->stage[s].end;
				continue;
			}
			stop = frozen->pages[i].end;
			if (s < plan->n_stage)
				stop = min_u64(stop, plan->stage[s].start);
			r = runs_add(zero, (struct ram_range){ at, stop });
		}
	}
	return r;
}

static int take_stage(struct segment_plan *plan, const struct runs *data, uint64_t limit_bytes,
		      struct why *why)
{
	size_t i;

	for (i = 0; i < data->n; i++) {
		plan->stage[i] = data->range[i];
		plan->staged_bytes += data->range[i].end - data->range[i].start;
	}
	plan->n_stage = (unsigned)data->n;
	if (plan->staged_bytes > limit_bytes)
		return why_set(why, -E2BIG,
			       "the image left %llu MiB to stage; kexec takes %llu MiB, half "
			       "of this machine's memory",
			       (long long)plan->staged_bytes >> 20, (long long)limit_bytes >> 20);
	return 0;
}

static int take_zero(const struct frozen *frozen, struct segment_plan *plan, struct why *why)
{
	struct runs zero = { 0 };
	int r;

	r = find_zero(frozen, plan, &zero);
	if (r < 0) {
		r = why_errno(why, r, "segment plan");
	} else if (zero.n > PURGATORY_MAX_ZERO) {
		r = why_set(why, -E2BIG,
			    "the image left %zu separate runs of zeros; the purgatory "
			    "clears %d",
			    zero.n, PURGATORY_MAX_ZERO);
	} else if (zero.n) {
		memcpy(plan->zero, zero.range, zero.n * sizeof(*zero.range));
		plan->n_zero = (unsigned)zero.n;
	}
	free(zero.range);
	return r;
}

static int plan_data(const struct frozen *frozen, const struct memory_map *map,
		     uint64_t limit_bytes, struct segment_plan *plan, struct why *why)
{
	struct runs data = { 0 };
	int r;

	r = find_data(frozen, &data);
	if (r < 0)
		r = why_errno(why, r, "segment plan");
	if (r == 0)
		r = merge(frozen, map, &data, why);
	if (r == 0)
		r = take_stage(plan, &data, limit_bytes, why);
	free(data.range);
	return r;
}

int segments_plan(const struct frozen *frozen, const struct memory_map *map, uint64_t limit_bytes,
		  struct segment_plan *ret_plan, struct why *why)
{
	struct segment_plan *plan;
	int r;

	r = check_frozen(frozen, map, why);
	if (r < 0)
		return r;
	plan = calloc(1, sizeof(*plan)); /* 32 KiB: too much for a stack */
	if (!plan)
		return why_errno(why, -ENOMEM, "segment plan");
	r = plan_data(frozen, map, limit_bytes, plan, why);
	if (r == 0)
		r = take_zero(frozen, plan, why);
	if (r == 0)
		*ret_plan = *plan;
	free(plan);
	return r;
}
