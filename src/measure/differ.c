// SPDX-License-Identifier: MIT
#include "measure/differ.h"
#include "base/util.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_CELLS = 1 << 24 };

bool differ_same(const struct history *a, unsigned i, const struct history *b, unsigned k)
{
	const struct tpm_record *r = &a->record[i].record, *s = &b->record[k].record;
	unsigned compared = 0;

	if (r->pcr != s->pcr || r->type != s->type)
		return false;
	/* it was not extended: what it says is all there is */
	if (r->type == EV_NO_ACTION)
		return r->event.n == s->event.n && !memcmp(r->event.p, s->event.p, r->event.n);
	for (unsigned x = 0; x < a->log.banks.n; x++) {
		const struct tpm_bank *bank = &a->log.banks.bank[x];
		const int y = tpm_bank_find(&b->log.banks, bank->id);

		if (y < 0)
			continue;
		if (bank->n_bytes != b->log.banks.bank[y].n_bytes ||
		    memcmp(r->digest[x], s->digest[y], bank->n_bytes) != 0)
			return false;
		compared++;
	}
	return compared > 0;
}

struct walk {
	const struct history *a, *b;
	unsigned from, to_a, to_b; /* between what both begin and end with */
	uint16_t *longest;	   /* of what is common behind [i, k] */
};

static uint16_t *cell(const struct walk *w, unsigned i, unsigned k)
{
	return w->longest + (size_t)(i - w->from) * (w->to_b - w->from + 1) + (k - w->from);
}

static void trim(struct walk *w)
{
	w->to_a = w->a->n;
	w->to_b = w->b->n;
	while (w->from < w->to_a && w->from < w->to_b && differ_same(w->a, w->from, w->b, w->from))
		w->from++;
	while (w->to_a > w->from && w->to_b > w->from &&
	       differ_same(w->a, w->to_a - 1, w->b, w->to_b - 1)) {
		w->to_a--;
		w->to_b--;
	}
}

static int fill(struct walk *w, struct why *why)
{
	const uint64_t n = (uint64_t)(w->to_a - w->from + 1) * (w->to_b - w->from + 1);

	if (n > MOST_CELLS || w->to_a - w->from > UINT16_MAX)
		return why_set(why, -E2BIG, "the logs differ in too many records");
	w->longest = calloc(n, sizeof(*w->longest));
	if (!w->longest)
		return why_errno(why, -ENOMEM, "comparing logs");
	for (unsigned i = w->to_a; i-- > w->from;)
		for (unsigned k = w->to_b; k-- > w->from;)
			*cell(w, i, k) =
				differ_same(w->a, i, w->b, k)
					? (uint16_t)(*cell(w, i + 1, k + 1) + 1)
					: (uint16_t)max_u64(*cell(w, i + 1, k), *cell(w, i, k + 1));
	return 0;
}

int differ(const struct history *a, const struct history *b,
	   void (*tell)(void *context, enum differ_mark mark, unsigned i, unsigned k),
	   void *context, struct why *why)
{
	struct walk w = { .a = a, .b = b };
	unsigned i = 0, k = 0;
	int n = 0, r;

	trim(&w);
	r = fill(&w, why);
	if (r < 0)
		return r;
	while (i < a->n || k < b->n) {
		const bool middle = i >= w.from && (i < w.to_a || k < w.to_b);

		if (!middle || (i < w.to_a && k < w.to_b && differ_same(a, i, b, k))) {
			tell(context, DIFFER_BOTH, i++, k++);
		} else if (k == w.to_b ||
			   (i < w.to_a && *cell(&w, i + 1, k) >= *cell(&w, i, k + 1))) {
			tell(context, DIFFER_FIRST, i++, k);
			n++;
		} else {
			tell(context, DIFFER_SECOND, i, k++);
			n++;
		}
	}
	free(w.longest);
	return n;
}
