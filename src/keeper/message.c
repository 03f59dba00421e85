// SPDX-License-Identifier: MIT
#include "keeper/message.h"
#include "keeper/processor.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 * One program at both ends: numbers are as it has them. Behind it: pages, secret, options, told,
 * measured.
 */
struct head {
	uint32_t magic, n_bytes; /* of the whole message */
	int32_t error;
	uint32_t end;
	uint64_t status, entry, n_calls, image_ns, service_ns, wanted_bytes;
	uint64_t bytes_by_type[REPORT_TYPES];
	uint8_t was_read[REPORT_GIVEN];
	uint8_t initrd_taken, frozen, told_by_itself;
	int32_t options_error, told_error, initrd_error;
	struct ram_range initrd, seed;
	uint32_t n_pages, n_secret, n_options, n_told, told_most, n_measured;
	char why[sizeof(struct why)], options_why[sizeof(struct why)],
		initrd_why[sizeof(struct why)];
	struct machine_regs regs;
	struct machine_fpu fpu;
};

enum { MAGIC = 0x6f647262, LEAST_ERRNO = -4095 };

size_t report_most_bytes(void)
{
	return sizeof(struct head) +
	       (REPORT_MOST_PAGES + REPORT_MOST_SECRETS) * sizeof(struct ram_range) +
	       2 * REPORT_OPTIONS_BYTES + MEASURED_MOST_BYTES;
}

static size_t bytes_of(const struct head *h)
{
	return sizeof(*h) + ((size_t)h->n_pages + h->n_secret) * sizeof(struct ram_range) +
	       h->n_options + h->n_told + h->n_measured;
}

static uint32_t text_bytes(const char *text)
{
	return text ? (uint32_t)strlen(text) : 0;
}

static void fill_head(const struct report *r, struct head *h)
{
	*h = (struct head){
		.magic = MAGIC,
		.error = r->error,
		.end = r->end,
		.status = r->status,
		.entry = r->entry,
		.n_calls = r->n_calls,
		.image_ns = r->image_ns,
		.service_ns = r->service_ns,
		.wanted_bytes = r->wanted_bytes,
		.initrd_taken = r->initrd_taken,
		.frozen = r->frozen,
		.options_error = r->options_error,
		.initrd_error = r->initrd_error,
		.initrd = r->initrd,
		.seed = r->seed,
		.n_measured = (uint32_t)r->measured.n,
		.n_pages = r->n_pages,
		.n_secret = r->n_secret,
		.n_options = text_bytes(r->options),
		.n_told = text_bytes(r->told),
		.told_error = r->told_error,
		.told_most = r->told_most,
		.told_by_itself = r->told_by_itself,
		.regs = r->regs,
	};
	h->fpu = r->fpu;
	memcpy(h->bytes_by_type, r->bytes_by_type, sizeof(h->bytes_by_type));
	for (unsigned i = 0; i < REPORT_GIVEN; i++)
		h->was_read[i] = r->was_read[i];
	memcpy(h->why, r->why.text, sizeof(h->why));
	memcpy(h->options_why, r->options_why.text, sizeof(h->options_why));
	memcpy(h->initrd_why, r->initrd_why.text, sizeof(h->initrd_why));
}

static uint8_t *put(uint8_t *to, const void *from, size_t n)
{
	assert(from || !n);
	if (n)
		memcpy(to, from, n);
	return to + n;
}

int report_encode(const struct report *r, uint8_t **ret_bytes, size_t *ret_n, struct why *why)
{
	struct head *h;
	uint8_t *to;

	if (r->n_pages > REPORT_MOST_PAGES || r->n_secret > REPORT_MOST_SECRETS ||
	    text_bytes(r->options) > REPORT_OPTIONS_BYTES ||
	    text_bytes(r->told) > REPORT_OPTIONS_BYTES)
		return why_set(why, -E2BIG,
			       "is in %u pieces of memory, with a command line of %u bytes: that "
			       "is too much",
			       r->n_pages,
			       (unsigned)max_u64(text_bytes(r->options), text_bytes(r->told)));
	if (r->measured.n > MEASURED_MOST_BYTES)
		return why_set(why, -E2BIG, "measures %zu bytes: that is too much", r->measured.n);
	h = calloc(1, report_most_bytes());
	if (!h)
		return why_errno(why, -ENOMEM, "report");
	fill_head(r, h);
	h->n_bytes = (uint32_t)bytes_of(h);
	to = put((uint8_t *)(h + 1), r->pages, r->n_pages * sizeof(*r->pages));
	to = put(to, r->secret, r->n_secret * sizeof(*r->secret));
	to = put(to, r->options, h->n_options);
	to = put(to, r->told, h->n_told);
	put(to, r->measured.p, h->n_measured);
	*ret_bytes = (uint8_t *)h;
	*ret_n = h->n_bytes;
	return 0;
}

size_t report_bytes(struct bytes begin)
{
	uint32_t n;

	if (begin.n < sizeof(struct head))
		return 0;
	memcpy(&n, begin.p + offsetof(struct head, n_bytes), sizeof(n));
	/* one that is wrong is decoded, and refused, as soon as it is seen */
	return n < sizeof(struct head) || n > report_most_bytes() ? begin.n : n;
}

static int bad(struct why *why, const char *what)
{
	return why_set(why, -EBADMSG, "the firmware process reports %s that cannot be right", what);
}

static bool is_bool(uint8_t b)
{
	return b <= 1;
}

static bool is_error(int32_t e)
{
	return e <= 0 && e >= LEAST_ERRNO;
}

/* Is [r.start, r.end) inside one of these, which are sorted? */
static bool is_inside(struct ram_range r, const struct ram_range *in, size_t n)
{
	size_t low = 0, high = n, middle;

	while (low < high) {
		middle = (low + high) / 2;
		if (in[middle].end <= r.start)
			low = middle + 1;
		else
			high = middle;
	}
	return r.start < r.end && low < n && in[low].start <= r.start && r.end <= in[low].end;
}

static bool is_empty(struct ram_range r)
{
	return r.start == 0 && r.end == 0;
}

static bool is_pages(struct ram_range r)
{
	return (r.start | r.end) % PAGE_BYTES == 0 && r.start < r.end;
}

static bool overlap(struct ram_range a, struct ram_range b)
{
	return a.start < b.end && b.start < a.end;
}

static bool check_pages(const struct report *r, const struct report_terms *t)
{
	for (unsigned i = 0; i < r->n_pages; i++)
		if (!is_pages(r->pages[i]) || !is_inside(r->pages[i], t->ram, t->n_ram) ||
		    overlap(r->pages[i], t->resume) ||
		    (i && r->pages[i].start < r->pages[i - 1].end))
			return false;
	return r->n_pages > 0;
}

/* Any order; they may lie in memory that the image gave back since. */
static bool check_secret(const struct report *r, const struct report_terms *t)
{
	const struct ram_range all = { t->ram[0].start, t->ram[t->n_ram - 1].end };

	for (unsigned i = 0; i < r->n_secret; i++)
		if (!is_pages(r->secret[i]) || !is_inside(r->secret[i], &all, 1))
			return false;
	return true;
}

/* A range that wraps is empty, and nowhere inside. */
static bool check_regs(const struct report *r)
{
	struct ram_range place[2];

	keeper_state_places(&r->regs, place);
	return is_inside(place[0], r->pages, r->n_pages) &&
	       is_inside(place[1], r->pages, r->n_pages);
}

/* Each one as it can be put into a log, and into a PCR that there is. */
static bool check_measured(const struct report *r, const struct report_terms *t)
{
	struct measured m;
	size_t at = 0;
	int e = 0;

	if (!t->banks)
		return !r->measured.n;
	while ((e = measured_next(r->measured, t->banks, &at, &m, NULL)) > 0)
		;
	return e == 0;
}

/* Of a report that is frozen, what the next kernel is made of. */
static int check_frozen(const struct report *r, const struct report_terms *t, struct why *why)
{
	if (!check_pages(r, t))
		return bad(why, "frozen pages");
	if (!check_secret(r, t))
		return bad(why, "pages of random numbers");
	if (!keeper_flags_are_possible(&r->regs) || !check_regs(r))
		return bad(why, "registers");
	if (!keeper_fpu_is_possible(&r->fpu))
		return bad(why, "an FPU state");
	if (!is_empty(r->seed) && !is_inside(r->seed, r->pages, r->n_pages))
		return bad(why, "a seed");
	if (!is_empty(r->initrd) && !is_inside(r->initrd, r->pages, r->n_pages))
		return bad(why, "an initrd");
	if (!check_measured(r, t))
		return bad(why, "measurements");
	return 0;
}

/* One that is not frozen has nothing of this. */
static int check_empty(const struct head *h, struct why *why)
{
	if (h->n_pages || h->n_secret || h->n_options || h->n_measured || h->options_error ||
	    h->initrd_error || h->n_told || h->told_error || h->told_most || h->told_by_itself ||
	    !is_empty(h->seed) || !is_empty(h->initrd))
		return bad(why, "a frozen state");
	return 0;
}

static int check_head(const struct head *h, size_t n, const struct report_terms *t, struct why *why)
{
	if (h->magic != MAGIC || h->n_bytes != n || h->n_pages > REPORT_MOST_PAGES ||
	    h->n_secret > REPORT_MOST_SECRETS || h->n_options > REPORT_OPTIONS_BYTES ||
	    h->n_told > REPORT_OPTIONS_BYTES || h->n_measured > MEASURED_MOST_BYTES ||
	    bytes_of(h) != n)
		return bad(why, "lengths");
	if (!is_error(h->error) || h->end >= t->n_ends || !is_bool(h->frozen) ||
	    h->frozen != (h->error == 0 && h->end == t->boot_end))
		return bad(why, "an end");
	if (!is_bool(h->initrd_taken) || !is_bool(h->told_by_itself) ||
	    !is_error(h->options_error) || !is_error(h->told_error) || !is_error(h->initrd_error))
		return bad(why, "a summary");
	for (unsigned i = 0; i < REPORT_GIVEN; i++)
		if (!is_bool(h->was_read[i]) || (h->was_read[i] && i >= t->n_given))
			return bad(why, "files read");
	return h->frozen ? 0 : check_empty(h, why);
}

static bool take_texts(const struct head *h, struct report *to)
{
	memcpy(&to->why, h->why, sizeof(h->why));
	memcpy(&to->options_why, h->options_why, sizeof(h->options_why));
	memcpy(&to->initrd_why, h->initrd_why, sizeof(h->initrd_why));
	return why_clean(&to->why) && why_clean(&to->options_why) && why_clean(&to->initrd_why);
}

/* A copy of the text at from, which has no 0 in it; NULL where there is none to be had. */
static int take_text(const uint8_t *from, size_t n, bool there, const char *what, char **ret_text,
		     struct why *why)
{
	if (!there)
		return n ? bad(why, what) : 0;
	*ret_text = malloc(n + 1);
	if (!*ret_text)
		return why_errno(why, -ENOMEM, "report");
	memcpy(*ret_text, from, n);
	(*ret_text)[n] = '\0';
	return strlen(*ret_text) == n ? 0 : bad(why, what);
}

static int take_measured(const uint8_t *from, size_t n, struct report *to, struct why *why)
{
	uint8_t *copy = malloc(n + 1);

	if (!copy)
		return why_errno(why, -ENOMEM, "report");
	memcpy(copy, from, n);
	to->measured = (struct bytes){ copy, n };
	return 0;
}

/* The parts behind the head, as copies. */
static int take_parts(struct bytes m, const struct head *h, struct report *to, struct why *why)
{
	const uint8_t *from = m.p + sizeof(*h);
	const size_t n_pages = h->n_pages * sizeof(*to->pages),
		     n_secret = h->n_secret * sizeof(*to->secret);
	int r;

	to->pages = malloc(n_pages + 1);
	to->secret = malloc(n_secret + 1);
	if (!to->pages || !to->secret)
		return why_errno(why, -ENOMEM, "report");
	memcpy(to->pages, from, n_pages);
	memcpy(to->secret, from + n_pages, n_secret);
	to->n_pages = h->n_pages;
	to->n_secret = h->n_secret;
	from += n_pages + n_secret;
	r = take_text(from, h->n_options, !h->options_error, "load options", &to->options, why);
	from += h->n_options;
	if (r == 0)
		r = take_text(from, h->n_told, !h->told_error, "a command line", &to->told, why);
	return r < 0 ? r : take_measured(from + h->n_told, h->n_measured, to, why);
}

static void take_head(const struct head *h, struct report *to)
{
	*to = (struct report){
		.error = h->error,
		.end = h->end,
		.status = h->status,
		.entry = h->entry,
		.n_calls = h->n_calls,
		.image_ns = h->image_ns,
		.service_ns = h->service_ns,
		.wanted_bytes = h->wanted_bytes,
		.initrd_taken = h->initrd_taken,
		.frozen = h->frozen,
		.options_error = h->options_error,
		.told_error = h->told_error,
		.told_most = h->told_most,
		.told_by_itself = h->told_by_itself,
		.initrd_error = h->initrd_error,
		.initrd = h->initrd,
		.seed = h->seed,
		.regs = h->regs,
	};
	to->fpu = h->fpu;
	memcpy(to->bytes_by_type, h->bytes_by_type, sizeof(to->bytes_by_type));
	for (unsigned i = 0; i < REPORT_GIVEN; i++)
		to->was_read[i] = h->was_read[i];
}

static int decode(struct bytes m, const struct head *h, const struct report_terms *t,
		  struct report *to, struct why *why)
{
	int r = check_head(h, m.n, t, why);

	if (r < 0)
		return r;
	take_head(h, to);
	if (!take_texts(h, to))
		return bad(why, "a text without an end");
	if (!h->frozen)
		return 0;
	to->resume = t->resume;
	r = take_parts(m, h, to, why);
	return r < 0 ? r : check_frozen(to, t, why);
}

int report_decode(struct bytes message, const struct report_terms *terms, struct report *ret_report,
		  struct why *why)
{
	/* too much for a stack, both */
	struct head *h = malloc(sizeof(*h));
	struct report *to = calloc(1, sizeof(*to));
	int r;

	if (!h || !to) {
		free(h);
		free(to);
		return why_errno(why, -ENOMEM, "report");
	}
	if (message.n < sizeof(*h)) {
		r = bad(why, "a length");
	} else {
		memcpy(h, message.p, sizeof(*h));
		r = decode(message, h, terms, to, why);
	}
	if (r == 0)
		*ret_report = *to;
	else
		report_free(to);
	free(h);
	free(to);
	return r;
}

void report_free(struct report *report)
{
	free(report->pages);
	free(report->secret);
	free(report->options);
	free(report->told);
	free((void *)report->measured.p);
	*report = (struct report){ 0 };
}
