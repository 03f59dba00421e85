// SPDX-License-Identifier: MIT
#include "handover/segments.h"
#include "tap.h"
#include "unit/ram_used.h"

#include <errno.h>
#include <string.h>

enum { P = PAGE_BYTES };

/* Two ranges of RAM with something else between; guest memory covers all of both. */
static struct memory_range map_range[] = {
	{ 0x1000, 0x80000, MEMORY_RAM },
	{ 0x80000, 0x100000, MEMORY_RESERVED },
	{ 0x100000, 0x400000, MEMORY_RAM },
	{ 0x400000, 0x500000, MEMORY_CRASH_KERNEL },
};
static const struct memory_map map = { map_range, 4, 0x500000 };
static const struct ram_range ram_range[] = { { 0x1000, 0x80000 }, { 0x100000, 0x400000 } };

static struct segment_plan plan;
static struct why why;

struct world {
	struct ram ram;
	struct ram_range pages[64];
	struct frozen frozen;
};

static void world_open(struct world *w)
{
	*w = (struct world){ 0 };
	require(ram_open(ram_range, 2, &w->ram, NULL) == 0);
	w->frozen.ram = &w->ram;
	w->frozen.pages = w->pages;
	w->frozen.resume = (struct ram_range){ 0x200000, 0x240000 };
}

static void add_pages(struct world *w, uint64_t start, uint64_t end)
{
	w->pages[w->frozen.n_pages++] = (struct ram_range){ start, end };
}

/* At the end of the page: the search for something must reach there. */
static void put(struct world *w, uint64_t page)
{
	w->ram.host[page + P - 1] = 1;
}

static int make_plan(const struct world *w)
{
	memset(&plan, 0, sizeof(plan));
	return segments_plan(&w->frozen, &map, 1 << 30, &plan, &why);
}

static bool is(struct ram_range r, uint64_t start, uint64_t end)
{
	return r.start == start && r.end == end;
}

/* Each frozen page in exactly one run, data only in staged ones, nothing outside RAM. */
static bool complete(const struct world *w)
{
	uint64_t at, in;
	unsigned i, k;

	for (i = 0; i < w->frozen.n_pages; i++) {
		for (at = w->pages[i].start; at < w->pages[i].end; at += P) {
			for (k = 0, in = 0; k < plan.n_stage; k++)
				in += plan.stage[k].start <= at && at < plan.stage[k].end;
			for (k = 0; k < plan.n_zero; k++)
				in += (plan.zero[k].start <= at && at < plan.zero[k].end) * 16;
			if (in != 1 && in != 16)
				return false;
		}
	}
	return plan.n_stage <= SEGMENTS_MAX;
}

static void test_zeros_are_not_staged(void)
{
	struct world w;
	const uint64_t before = 3 * P;

	world_open(&w);
	add_pages(&w, 0x10000, 0x20000);
	add_pages(&w, 0x20000, 0x24000); /* a neighbour: one run with the other */
	add_pages(&w, 0x30000, 0x31000);
	put(&w, 0x12000);
	put(&w, 0x1f000);
	put(&w, 0x20000);
	require(make_plan(&w) == 0);
	check(plan.n_stage == 2 && is(plan.stage[0], 0x12000, 0x13000) &&
	      is(plan.stage[1], 0x1f000, 0x21000));
	check(plan.n_zero == 4 && is(plan.zero[0], 0x10000, 0x12000) &&
	      is(plan.zero[1], 0x13000, 0x1f000) && is(plan.zero[2], 0x21000, 0x24000) &&
	      is(plan.zero[3], 0x30000, 0x31000));
	check(plan.staged_bytes == 3 * P && complete(&w));
	check_msg(ram_used(&w.ram) == before, "holes stay holes");
	ram_close(&w.ram);
}

/* Pages that were written and are zero all the same: GRUB's arena, a cleared heap. */
static void test_written_zeros(void)
{
	struct world w;

	world_open(&w);
	add_pages(&w, 0x10000, 0x13000);
	memset(w.ram.host + 0x10000, 0, 3 * P);
	w.ram.host[0x11000] = 1;
	require(make_plan(&w) == 0);
	check(plan.n_stage == 1 && is(plan.stage[0], 0x11000, 0x12000) && plan.n_zero == 2);
	ram_close(&w.ram);
}

/* Every word of a page counts. */
static void test_every_word(void)
{
	struct world w;
	unsigned at, found = 0;

	world_open(&w);
	add_pages(&w, 0x10000, 0x11000);
	for (at = 0; at < P; at += 8) {
		w.ram.host[0x10000 + at] = 0x80;
		found += make_plan(&w) == 0 && plan.n_stage == 1;
		w.ram.host[0x10000 + at] = 0;
	}
	check(found == P / 8);
	check(make_plan(&w) == 0 && plan.n_stage == 0 && plan.n_zero == 1);
	ram_close(&w.ram);
}

/* Twenty pages, gaps shrinking to the right: the smallest five, and so the last, go. */
static void test_merge_smallest(void)
{
	struct world w;
	uint64_t at = 0x100000;
	unsigned i;

	world_open(&w);
	for (i = 0; i < 20; i++) {
		add_pages(&w, at, at + P);
		put(&w, at);
		at += (20 - i) * P;
	}
	require(make_plan(&w) == 0);
	check(plan.n_stage == SEGMENTS_MAX && complete(&w));
	check(is(plan.stage[14], at - (1 + 2 + 3 + 4 + 5 + 6 + 1) * P + P, at));
	check(plan.n_zero == 0 && plan.staged_bytes == (21 + 14) * P);
	ram_close(&w.ram);
}

/* The purgatory's page lies in the smallest gap of all. */
static void test_no_merge_over_the_purgatory(void)
{
	struct world w;
	unsigned i;

	world_open(&w);
	w.frozen.resume = (struct ram_range){ 0x101000, 0x102000 };
	add_pages(&w, 0x100000, 0x101000);
	put(&w, 0x100000);
	for (i = 0; i < 15; i++) {
		add_pages(&w, 0x102000 + 3 * i * P, 0x102000 + (3 * i + 1) * P);
		put(&w, 0x102000 + 3 * i * P);
	}
	require(make_plan(&w) == 0);
	check(plan.n_stage == SEGMENTS_MAX && is(plan.stage[0], 0x100000, 0x101000));
	ram_close(&w.ram);
}

/* A merged gap with frozen zeros in it: staged, so not cleared too. */
static void test_merge_over_zeros(void)
{
	struct world w;
	unsigned i;

	world_open(&w);
	add_pages(&w, 0x100000, 0x100000 + 41 * P);
	for (i = 0; i < 20; i++)
		put(&w, 0x100000 + 2 * i * P);
	require(make_plan(&w) == 0);
	check(plan.n_stage == SEGMENTS_MAX && complete(&w));
	check(plan.n_zero == 15 && plan.staged_bytes == 25 * P);
	ram_close(&w.ram);
}

/* The gap between ranges of RAM and the purgatory's own pages are never written over. */
static void test_no_merge_across(void)
{
	struct world w;
	unsigned i;

	world_open(&w);
	for (i = 0; i < 8; i++) {
		add_pages(&w, 0x70000 + 2 * i * P, 0x70000 + (2 * i + 1) * P);
		put(&w, 0x70000 + 2 * i * P);
	}
	for (i = 0; i < 5; i++) {
		add_pages(&w, 0x1f7000 + 2 * i * P, 0x1f7000 + (2 * i + 1) * P);
		put(&w, 0x1f7000 + 2 * i * P);
	}
	for (i = 0; i < 5; i++) {
		add_pages(&w, 0x240000 + 2 * i * P, 0x240000 + (2 * i + 1) * P);
		put(&w, 0x240000 + 2 * i * P);
	}
	require(make_plan(&w) == 0);
	check(plan.n_stage == SEGMENTS_MAX && complete(&w));
	for (i = 0; i < plan.n_stage; i++)
		check((plan.stage[i].end <= 0x80000 || plan.stage[i].start >= 0x100000) &&
		      (plan.stage[i].end <= 0x200000 || plan.stage[i].start >= 0x240000));
	ram_close(&w.ram);
}

/* More runs than kexec takes, and between them nothing that may be written. */
static void test_cannot_merge(void)
{
	static struct memory_range range[20];
	const struct memory_map islands = { range, 20, 0x500000 };
	struct world w;
	unsigned i;

	world_open(&w);
	for (i = 0; i < 20; i++) {
		range[i] = (struct memory_range){ 0x100000 + 2 * i * P, 0x100000 + (2 * i + 1) * P,
						  MEMORY_RAM };
		add_pages(&w, range[i].start, range[i].end);
		put(&w, range[i].start);
	}
	check(segments_plan(&w.frozen, &islands, 1 << 30, &plan, &why) == -E2BIG &&
	      strstr(why.text, "20 runs"));
	ram_close(&w.ram);
}

static int plan_one(uint64_t start, uint64_t end)
{
	struct world w;
	int r;

	world_open(&w);
	add_pages(&w, start, end);
	r = make_plan(&w);
	ram_close(&w.ram);
	return r;
}

static void test_refused(void)
{
	struct world w;

	check(plan_one(0x7f000, 0x80000) == 0);
	check(plan_one(0x7f000, 0x81000) == -ERANGE && strstr(why.text, "0x7f000-0x81000"));
	check(plan_one(0x90000, 0x91000) == -ERANGE);
	check(plan_one(0x400000, 0x401000) == -ERANGE);
	check(plan_one(0x23f000, 0x241000) == -EINVAL);
	check(plan_one(0x1ff000, 0x201000) == -EINVAL);
	check(plan_one(0x1ff000, 0x200000) == 0);
	check(plan_one(0x10800, 0x11000) == -EINVAL);
	check(plan_one(0x11000, 0x11000) == -EINVAL);
	world_open(&w);
	check(make_plan(&w) == -EINVAL);
	add_pages(&w, 0x20000, 0x22000);
	add_pages(&w, 0x21000, 0x23000);
	check(make_plan(&w) == -EINVAL);
	ram_close(&w.ram);
}

static void test_limit(void)
{
	struct world w;

	world_open(&w);
	add_pages(&w, 0x10000, 0x14000);
	put(&w, 0x10000);
	put(&w, 0x11000);
	check(segments_plan(&w.frozen, &map, 2 * P, &plan, &why) == 0);
	check(segments_plan(&w.frozen, &map, 2 * P - 1, &plan, &why) == -E2BIG &&
	      strstr(why.text, "half"));
	ram_close(&w.ram);
}

int main(void)
{
	test_zeros_are_not_staged();
	test_written_zeros();
	test_every_word();
	test_merge_smallest();
	test_merge_over_zeros();
	test_no_merge_across();
	test_no_merge_over_the_purgatory();
	test_cannot_merge();
	test_refused();
	test_limit();
	return tap_done();
}
