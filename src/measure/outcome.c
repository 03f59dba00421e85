// SPDX-License-Identifier: MIT
#include "measure/outcome.h"
#include "tpm/write.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int extend(const struct tpm_now *now, const struct tpm_record *r, struct outcome *o,
		  struct why *why)
{
	for (unsigned b = 0; b < o->pcrs->banks.n; b++)
		if (now->active >> b & 1 && !tpm_pcr_extend(o->pcrs, b, r->pcr, r->digest[b]))
			return why_set(why, -ENOTSUP, "digests of algorithm %#x cannot be computed",
				       o->pcrs->banks.bank[b].id);
	return 0;
}

/* A record of all banks is written as one of the log's, which are the first of them. */
static size_t append(const struct tpm_now *now, const struct tpm_record *r, uint8_t *to,
		     size_t room)
{
	struct tpm_banks banks = now->pcrs->banks;

	banks.n = now->n_log_banks;
	return tpm_record_write(&banks, r, to, room);
}

static int go_along(const struct tpm_now *now, struct bytes measured, struct outcome *o,
		    uint8_t *log, size_t room, struct why *why)
{
	struct measured m;
	size_t at = 0, n = now->log.n;
	int r;

	while ((r = measured_next(measured, &now->pcrs->banks, &at, &m, why)) > 0) {
		if (m.flags & MEASURED_LOGGED)
			n += append(now, &m.record, log + n, room - n);
		if (m.flags & MEASURED_EXTENDED)
			r = extend(now, &m.record, o, why);
		if (r < 0)
			return r;
	}
	o->log = (struct bytes){ log, n };
	return r;
}

static void count_before(const struct tpm_now *now, struct outcome *o)
{
	while (o->n_before < o->history.n &&
	       o->history.record[o->n_before].record.offset < now->log.n)
		o->n_before++;
}

static int make(const struct tpm_now *now, struct bytes measured, struct outcome *o,
		struct why *why)
{
	/* a measurement takes more bytes than its record */
	const size_t room = now->log.n + measured.n;
	uint8_t *log = malloc(room);
	int r;

	o->log = (struct bytes){ log, 0 };
	o->pcrs = malloc(sizeof(*o->pcrs));
	if (!log || !o->pcrs)
		return why_errno(why, -ENOMEM, "event log");
	*o->pcrs = *now->pcrs;
	memcpy(log, now->log.p, now->log.n);
	o->gaps = measured_gaps_of(measured, &now->pcrs->banks);
	r = go_along(now, measured, o, log, room, why);
	if (r == 0)
		r = history_read(o->log, &o->history, why);
	if (r == 0)
		count_before(now, o);
	return r;
}

int outcome_make(const struct tpm_now *now, struct bytes measured, struct outcome *ret_outcome,
		 struct why *why)
{
	struct outcome o = { .n_before = 0 };
	int r = make(now, measured, &o, why);

	if (r < 0)
		outcome_free(&o);
	else
		*ret_outcome = o;
	return r;
}

void outcome_free(struct outcome *outcome)
{
	history_free(&outcome->history);
	free(outcome->pcrs);
	free((void *)outcome->log.p);
	*outcome = (struct outcome){ 0 };
}
