// SPDX-License-Identifier: MIT
#include "handover/handover.h"
#include "base/clock.h"
#include "base/fd.h"
#include "handover/kexec_load.h"
#include "handover/purgatory.h"
#include "handover/stage_bytes.h"
#include "host/kernel.h"
#include "host/kexec_gate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

/* All that staging makes and takes down again. */
struct staging {
	const struct frozen *frozen;
	const struct memory_map *map;
	const struct handover_options *options;
	struct segment_plan plan;
	struct purgatory_seed seed;
	struct purgatory_mapped mapped;
	struct purgatory_layout layout;
	struct stage_bytes bytes;
	uint8_t *purgatory; /* [code, end) of the layout */
	struct handover_report report;
};

static const char *dir_or_default(const char *record_dir)
{
	return record_dir ? record_dir : RECORD_DIR;
}

uint64_t handover_resume_bytes(const struct memory_map *map)
{
	const struct purgatory_seed none = { 0 };
	struct purgatory_mapped mapped;
	uint64_t n_bytes;

	if (purgatory_map_memory(map, &none, 0, &mapped) < 0)
		return 0;
	n_bytes = purgatory_lay_out(0, &mapped).end;
	free(mapped.range);
	/* where a generation is kept, and the console, is known when it is staged */
	return n_bytes + (2 + PAGING_MAPS_CONSOLE) * PAGING_BYTES_OF_ONE_MORE;
}

static uint64_t purgatory_bytes(const struct staging *s)
{
	return s->layout.end - s->layout.code;
}

/* The kernel's own arithmetic: half of the pages it calls total, for each segment and for all. */
static uint64_t half_of_memory(void)
{
	return (uint64_t)sysconf(_SC_PHYS_PAGES) / 2 * PAGE_BYTES;
}

static int staging_check(const struct staging *s, struct why *why)
{
	const struct frozen *f = s->frozen;
	const struct ram_range *resume = &f->resume;

	if (resume->start % PAGE_BYTES || resume->end < resume->start ||
	    resume->end - resume->start < purgatory_bytes(s))
		return why_set(why, -ENOSPC,
			       "the purgatory needs %llu KiB, but only %#llx-%#llx is free",
			       (long long)purgatory_bytes(s) >> 10, (long long)resume->start,
			       (long long)resume->end);
	if (resume->end > PAGING_LIMIT || !f->n_pages ||
	    f->pages[f->n_pages - 1].end > PAGING_LIMIT)
		return why_set(why, -ERANGE,
			       "frozen pages lie beyond %#llx, the end of what can be mapped",
			       (long long)PAGING_LIMIT);
	return segments_resume_check(f, s->map, why);
}

/* The kernel would have others killed for it, and what is staged already stays until it is done. */
int handover_memory_check(uint64_t n_bytes, struct why *why)
{
	const uint64_t spare = host_spare_ram("");

	if (n_bytes <= spare)
		return 0;
	return why_set(why, -ENOMEM, "staging: %llu MiB of memory needed, %llu MiB free",
		       (long long)n_bytes >> 20, (long long)spare >> 20);
}

static int make_plan(struct staging *s, struct why *why)
{
	const uint64_t begin = now_ns(), limit = half_of_memory();
	unsigned i;
	int r;

	r = purgatory_map_memory(s->map, &s->seed, s->options->console, &s->mapped);
	if (r < 0)
		return why_errno(why, r, "purgatory");
	s->layout = purgatory_lay_out(s->frozen->resume.start, &s->mapped);
	r = staging_check(s, why);
	if (r < 0)
		return r;
	r = segments_plan(s->frozen, s->map, limit - min_u64(limit, purgatory_bytes(s)), &s->plan,
			  why);
	if (r < 0)
		return r;
	for (i = 0; i < s->plan.n_zero; i++)
		s->report.zero_bytes += s->plan.zero[i].end - s->plan.zero[i].start;
	s->report.staged_bytes = s->plan.staged_bytes + purgatory_bytes(s);
	s->report.plan_ns = now_ns() - begin;
	return handover_memory_check(s->report.staged_bytes, why);
}

static int fresh_keys(struct purgatory_keys *key, struct why *why)
{
	uint8_t *at = (uint8_t *)key, *const end = at + sizeof(*key);
	ssize_t n;

	for (; at < end; at += n) {
		n = getrandom(at, (size_t)(end - at), 0);
		if (n < 0 && errno == EINTR)
			n = 0;
		if (n < 0)
			return why_errno(why, -errno, "getrandom");
	}
	return 0;
}

static int make_purgatory(struct staging *s, struct why *why)
{
	const uint64_t begin = now_ns();
	struct purgatory_keys key;
	void *p;
	int r;

	r = fresh_keys(&key, why);
	if (r < 0)
		return r;
	p = mmap(NULL, purgatory_bytes(s), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		 0);
	if (p == MAP_FAILED) {
		r = why_errno(why, -errno, "purgatory");
	} else {
		s->purgatory = p;
		purgatory_fill(&s->layout, s->frozen, &s->plan, s->options->console, s->purgatory);
		purgatory_fill_variables(&s->layout, &s->options->variables, s->purgatory);
		r = purgatory_fill_seed(&s->layout, s->frozen, &s->seed, s->purgatory, why);
		if (r == 0)
			purgatory_fill_trees(&s->layout, &s->plan, s->bytes.run, s->purgatory);
		if (r == 0)
			purgatory_seal(&s->layout, &key, s->bytes.run, s->purgatory);
	}
	if (s->options->tell) {
		s->options->tell("key", key.seed, sizeof(key.seed));
		s->options->tell("mac", key.mac.nh, 32);
	}
	explicit_bzero(&key, sizeof(key));
	s->report.digest_ns = now_ns() - begin;
	return r;
}

/*
 * Through guest memory, which a view of it shows: in the middle of the first run's first page. Or
 * in the purgatory's page tables, which are not in use before they are checked.
 */
static void flip_bit(const struct staging *s)
{
	if (s->options->flip == FLIP_IMAGE && s->plan.n_stage)
		s->frozen->ram->host[s->plan.stage[0].start + PAGE_BYTES / 2] ^= 0x10;
	if (s->options->flip == FLIP_PURGATORY)
		s->purgatory[s->layout.tables - s->layout.code] ^= 0x10;
}

static void list_report(struct staging *s)
{
	const struct segment_plan *plan = &s->plan;
	unsigned i;

	s->report.entry = purgatory_entry(&s->layout);
	s->report.n_segments = plan->n_stage + 1;
	s->report.segment[0] = (struct purgatory_range){ s->layout.code, purgatory_bytes(s) };
	for (i = 0; i < plan->n_stage; i++)
		s->report.segment[i + 1] =
			(struct purgatory_range){ plan->stage[i].start,
						  plan->stage[i].end - plan->stage[i].start };
}

static int load_memory(void *context, struct why *why)
{
	struct staging *s = context;
	struct kexec_piece piece[PURGATORY_MAX_SEGMENTS];
	const unsigned n = s->report.n_segments;
	uint64_t begin;
	unsigned i;
	int r;

	/*
	 * The purgatory last: its last page, the stack, is staged as zeros, and what
	 * kexec moves last it leaves in a page that it swaps through.
	 */
	for (i = 0; i < n; i++)
		piece[(i + n - 1) % n] =
			(struct kexec_piece){ i ? s->bytes.run[i - 1] : s->purgatory,
					      s->report.segment[i].addr,
					      s->report.segment[i].n_bytes };
	flip_bit(s);
	begin = now_ns();
	r = kexec_load_pieces(s->report.entry, piece, n, why);
	s->report.kexec_load_ns = now_ns() - begin;
	flip_bit(s);
	return r;
}

static int describe(const struct handover_options *o, const char *dir, struct record *record,
		    struct why *why)
{
	int r = 0;

	snprintf(record->image, sizeof(record->image), "%s", o->image ? o->image : "unnamed");
	snprintf(record->generation, sizeof(record->generation), "%s",
		 o->generation ? o->generation : "");
	snprintf(record->again, sizeof(record->again), "%s", o->again ? o->again : "");
	record->memory = o->memory;
	record->time = (uint64_t)time(NULL);
	if (o->measured.n)
		r = record_measured_write(dir, o->measured.p, o->measured.n, record->measured, why);
	return r < 0 ? r : record_boot_id(record->boot_id, why);
}

/*
 * What the record says has to hold whenever we are killed. An image that is
 * staged for the first time gets its record last: in between nobody claims it. One
 * that takes another's place is noted in the other's record first: in between
 * either of them may be staged, whole, and both are ours.
 */
int handover_recorded(const struct handover_options *options, struct record *record,
		      int (*load)(void *context, struct why *why), void *context, struct why *why)
{
	const char *dir = dir_or_default(options->record_dir);
	scoped_fd lock = record_lock(dir, why);
	struct record old;
	bool had_old;
	int r;

	if (lock < 0)
		return lock;
	had_old = handover_staged(dir, &old, NULL) == 0;
	r = describe(options, dir, record, why);
	if (r == 0)
		r = had_old ? record_replacing(dir, record->image, why) : record_remove(dir, why);
	if (r < 0)
		return r;
	r = load(context, why);
	if (r == 0) {
		r = record_write(dir, record, why);
		if (r == 0)
			record_measured_remove(dir, record->measured);
		return r;
	}
	record_measured_remove(dir, had_old ? old.measured : "");
	/* if that fails too: the first failure is the one to tell, and the record still holds */
	if (had_old && record_not_replaced(dir, NULL) < 0)
		return r;
	return r;
}

static int load_with_record(struct staging *s, struct why *why)
{
	struct record record;

	list_report(s);
	record = (struct record){ .entry = s->report.entry, .n_segments = s->report.n_segments };
	memcpy(record.segment, s->report.segment, sizeof(record.segment));
	return handover_recorded(s->options, &record, load_memory, s, why);
}

static int stage(struct staging *s, struct why *why)
{
	int r;

	r = make_plan(s, why);
	if (r < 0)
		return r;
	r = stage_bytes_open(s->frozen, &s->plan, &s->bytes, why);
	if (r < 0)
		return r;
	r = make_purgatory(s, why);
	if (r == 0)
		r = load_with_record(s, why);
	stage_bytes_close(&s->bytes);
	if (s->purgatory) {
		explicit_bzero(s->purgatory, purgatory_bytes(s));
		munmap(s->purgatory, purgatory_bytes(s));
	}
	return r;
}

int handover_stage(const struct frozen *frozen, const struct memory_map *map,
		   const struct handover_options *options, struct handover_report *ret_report,
		   struct why *why)
{
	struct staging *s = calloc(1, sizeof(*s)); /* the plan in it is too much for a stack */
	int r;

	if (!s)
		return why_errno(why, -ENOMEM, "handover");
	s->frozen = frozen;
	s->map = map;
	s->options = options;
	s->seed = (struct purgatory_seed){
		.vmgenid = options->vmgenid,
		.vmclock = options->vmclock,
		.flags = options->seed_flags,
	};
	r = stage(s, why);
	if (r == 0)
		*ret_report = s->report;
	free(s->mapped.range);
	free(s);
	return r;
}

int handover_staged(const char *record_dir, struct record *ret_record, struct why *why)
{
	struct record record;
	char boot_id[40];
	int r;

	r = record_read(dir_or_default(record_dir), &record, why);
	if (r < 0)
		return r;
	r = record_boot_id(boot_id, why);
	if (r < 0)
		return r;
	if (strcmp(record.boot_id, boot_id) != 0)
		return why_set(why, -ENOENT,
			       "nothing of bardo's is staged: the record is of another boot");
	r = kexec_is_loaded();
	if (r < 0)
		return why_errno(why, r, "/sys/kernel/kexec_loaded");
	if (r == 0)
		return why_set(why, -ENOENT,
			       "nothing is staged any more: somebody else unloaded it");
	*ret_record = record;
	return 0;
}

int handover_unload(const char *record_dir, struct why *why)
{
	const char *dir = dir_or_default(record_dir);
	scoped_fd lock = record_lock(dir, why);
	int r;

	if (lock < 0)
		return lock;
	r = record_remove(dir, why);
	if (r == 0)
		record_measured_remove(dir, "");
	return r < 0 ? r : kexec_load_nothing(why);
}

int handover_exec(const char *record_dir, struct why *why)
{
	struct record record;
	int r;

	r = handover_staged(record_dir, &record, why);
	return r < 0 ? r : kexec_jump(why);
}
