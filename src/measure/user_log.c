// SPDX-License-Identifier: MIT
#include "measure/user_log.h"
#include "keeper/compute.h"
#include "measure/host_log.h"
#include "tpm/cel.h"
#include "tpm/write.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Nobody measures so much; and a record of a name that long is cut off. */
enum { MOST_BYTES = 1 << 20, MOST_TEXT = 504, MOST_EVENT = MOST_TEXT + 8 };

struct question {
	struct bytes text;
	const struct tpm_banks *banks;
	uint8_t *records; /* memory of both processes, MOST_BYTES of it */
};

struct answer {
	int error;
	struct why why;
	uint64_t n_bytes;
	uint32_t n;
};

static size_t put_text(uint8_t *to, size_t n, const char *text, size_t n_text)
{
	const size_t taken = n_text < MOST_TEXT - n ? n_text : MOST_TEXT - n;

	if (taken)
		memcpy(to + n, text, taken);
	return n + taken;
}

/* Its text is as people read it. */
static size_t make_event(const struct cel_record *c, uint8_t event[static MOST_EVENT])
{
	static const char who[] = "systemd:";
	uint8_t text[MOST_TEXT];
	size_t n = put_text(text, 0, who, sizeof(who) - 1);

	n = put_text(text, n, (const char *)c->kind.p, c->kind.n);
	n = put_text(text, n, ":", 1);
	n = put_text(text, n, (const char *)c->text.p, c->text.n);
	return tpm_tagged_write(USER_TAG, (struct bytes){ text, n }, event, MOST_EVENT);
}

static int add(const struct question *q, const struct cel_record *c, struct answer *a)
{
	struct tpm_record r = { .pcr = c->pcr, .type = EV_EVENT_TAG };
	uint8_t event[MOST_EVENT];
	size_t n;
	int b;

	for (unsigned i = 0; i < q->banks->n; i++) {
		b = tpm_bank_find(&c->bank, q->banks->bank[i].id);
		if (b < 0)
			return why_set(&a->why, -ENODATA,
				       "record %u has no digest of a bank that the event log has",
				       a->n);
		r.digest[i] = c->digest[b];
	}
	r.event = (struct bytes){ event, make_event(c, event) };
	n = tpm_record_write(q->banks, &r, q->records + a->n_bytes, MOST_BYTES - a->n_bytes);
	if (!n)
		return why_set(&a->why, -EFBIG, "has more than %d bytes of records", MOST_BYTES);
	a->n_bytes += n;
	a->n++;
	return 0;
}

static void make_records(void *context, void *answer)
{
	const struct question *q = context;
	struct answer *a = answer;
	struct cel_record c;
	size_t at = 0;

	while ((a->error = cel_next(q->text, &at, &c, &a->why)) > 0) {
		/* what goes into an NV index changes no PCR */
		a->error = c.pcr == CEL_NO_PCR ? 0 : add(q, &c, a);
		cel_free(&c);
		if (a->error < 0)
			return;
	}
}

static int ask(struct question *q, struct bytes *ret_records, unsigned *ret_n, struct why *why)
{
	struct answer a;
	uint8_t *copy;
	int r = keeper_compute(make_records, q, &a, sizeof(a), why);

	if (r < 0)
		return r;
	if (a.error > 0 || a.n_bytes > MOST_BYTES || a.n > a.n_bytes || !why_clean(&a.why))
		return why_impossible(why, "reads");
	if (a.error < 0) {
		*why = a.why;
		return a.error;
	}
	copy = malloc(a.n_bytes + 1);
	if (!copy)
		return why_errno(why, -ENOMEM, "event log");
	memcpy(copy, q->records, a.n_bytes);
	*ret_records = (struct bytes){ copy, a.n_bytes };
	*ret_n = a.n;
	return 0;
}

int user_log_read(struct bytes text, const struct tpm_banks *banks, struct bytes *ret_records,
		  unsigned *ret_n, struct why *why)
{
	struct question q = { text, banks,
			      mmap(NULL, MOST_BYTES, PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) };
	int r;

	if (q.records == MAP_FAILED)
		return why_errno(why, -errno, "event log");
	r = ask(&q, ret_records, ret_n, why);
	munmap(q.records, MOST_BYTES);
	return r;
}
