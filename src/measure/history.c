// SPDX-License-Identifier: MIT
#include "measure/history.h"
#include "keeper/compute.h"
#include "tpm/hash.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* A record by its place in the log: no pointer of another process is followed. */
struct place {
	uint64_t offset, event, n_event;
	uint64_t digest[TPM_MAX_BANKS];
	uint32_t pcr, type;
	char text[TPM_TEXT_BYTES];
};

/* Memory of both processes, for what is too much for an answer. */
struct shared {
	struct tpm_banks banks;
	struct tpm_pcrs replayed;
	struct place place[HISTORY_MOST_RECORDS];
};

struct question {
	struct bytes bytes;
	struct shared *shared;
};

struct answer {
	int32_t error;
	uint32_t n, lost;
	uint64_t begin;
	uint8_t agile;
	struct why why;
};

static void note(const struct tpm_log *log, const struct tpm_record *r, struct place *p)
{
	*p = (struct place){ .offset = r->offset,
			     .event = (uint64_t)(r->event.p - log->bytes.p),
			     .n_event = r->event.n,
			     .pcr = r->pcr,
			     .type = r->type };
	for (unsigned b = 0; b < log->banks.n; b++)
		p->digest[b] = (uint64_t)(r->digest[b] - log->bytes.p);
	tpm_describe(r, p->text);
}

static void read_log(void *context, void *answer)
{
	const struct question *q = context;
	struct shared *s = q->shared;
	struct answer *a = answer;
	struct tpm_record r;
	struct tpm_log log;
	unsigned lost = 0;
	size_t at;

	a->error = tpm_log_open(q->bytes, &log, &a->why);
	if (a->error < 0)
		return;
	a->agile = log.agile;
	a->begin = at = log.begin;
	s->banks = log.banks;
	tpm_pcrs_reset(&s->replayed, &log.banks);
	while ((a->error = tpm_log_next(&log, &at, &r, &a->why)) > 0) {
		if (a->n == HISTORY_MOST_RECORDS) {
			a->error = why_set(&a->why, -E2BIG, "has more than %d records",
					   HISTORY_MOST_RECORDS);
			return;
		}
		note(&log, &r, &s->place[a->n++]);
		tpm_pcrs_apply(&s->replayed, &r, &lost);
	}
	a->lost = lost;
}

static bool take_banks(const struct tpm_banks *from, struct tpm_banks *to)
{
	*to = *from;
	for (unsigned b = 0; b < to->n && to->n <= TPM_MAX_BANKS; b++)
		if (to->bank[b].n_bytes == 0 || to->bank[b].n_bytes > TPM_MAX_DIGEST)
			return false;
	return to->n > 0 && to->n <= TPM_MAX_BANKS;
}

static bool take_place(const struct history *h, const struct place *p, struct history_record *to)
{
	const struct bytes all = h->log.bytes;
	struct bytes digest;

	to->record.offset = p->offset;
	to->record.pcr = p->pcr;
	to->record.type = p->type;
	if (p->offset > all.n || !bytes_sub(all, p->event, p->n_event, &to->record.event) ||
	    (p->pcr >= TPM_PCRS && p->type != EV_NO_ACTION))
		return false;
	for (unsigned b = 0; b < h->log.banks.n; b++) {
		if (!bytes_sub(all, p->digest[b], h->log.banks.bank[b].n_bytes, &digest))
			return false;
		to->record.digest[b] = digest.p;
	}
	memcpy(to->text, p->text, sizeof(to->text));
	return memchr(to->text, '\0', sizeof(to->text));
}

static int take(const struct shared *s, const struct answer *a, struct history *h, struct why *why)
{
	if (!take_banks(&s->banks, &h->log.banks) || a->begin > h->log.bytes.n || a->agile > 1 ||
	    a->n > HISTORY_MOST_RECORDS)
		return why_impossible(why, "reads");
	h->log.agile = a->agile;
	h->log.begin = a->begin;
	h->lost = a->lost;
	h->record = calloc(a->n + 1, sizeof(*h->record));
	h->replayed = malloc(sizeof(*h->replayed));
	if (!h->record || !h->replayed)
		return why_errno(why, -ENOMEM, "event log");
	*h->replayed = s->replayed;
	h->replayed->banks = h->log.banks;
	for (; h->n < a->n; h->n++)
		if (!take_place(h, &s->place[h->n], &h->record[h->n]))
			return why_impossible(why, "reads");
	return 0;
}

static int ask(struct question *q, struct history *h, struct why *why)
{
	struct answer a;
	int r = keeper_compute(read_log, q, &a, sizeof(a), why);

	if (r < 0)
		return r;
	if (a.error > 0 || !why_clean(&a.why))
		return why_impossible(why, "reads");
	if (a.error < 0) {
		*why = a.why;
		return a.error;
	}
	return take(q->shared, &a, h, why);
}

int history_read(struct bytes log, struct history *ret_history, struct why *why)
{
	struct history h = { .log.bytes = log };
	struct question q = { log, mmap(NULL, sizeof(*q.shared), PROT_READ | PROT_WRITE,
					MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) };
	int r;

	if (q.shared == MAP_FAILED)
		return why_errno(why, -errno, "event log");
	r = tpm_hash_prepare();
	r = r < 0 ? why_errno(why, r, "SHA-256") : ask(&q, &h, why);
	munmap(q.shared, sizeof(*q.shared));
	if (r < 0)
		history_free(&h);
	else
		*ret_history = h;
	return r;
}

void history_free(struct history *history)
{
	free(history->record);
	free(history->replayed);
	*history = (struct history){ 0 };
}
