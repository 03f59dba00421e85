// SPDX-License-Identifier: MIT
#include "firmware/trace/explain.h"
#include "firmware/core/service.h"
#include "firmware/core/status.h"

#include <inttypes.h>
#include <string.h>

static void copy(char to[static EXPLAIN_BYTES], const char *text, size_t n)
{
	static const char cut[] = "...";

	if (n < EXPLAIN_BYTES) {
		memcpy(to, text, n);
		to[n] = '\0';
		return;
	}
	n = EXPLAIN_BYTES - sizeof(cut);
	/* not in the middle of a character */
	while (n && ((uint8_t)text[n] & 0xc0) == 0x80)
		n--;
	memcpy(to, text, n);
	memcpy(to + n, cut, sizeof(cut));
}

void explain_call(struct explain *e, uint64_t number, const char *text, size_t n)
{
	struct explained_call *c = &e->call[number % EXPLAIN_CALLS];

	c->number = number;
	copy(c->text, text, n);
	copy(c->result, "", 0);
}

void explain_result(struct explain *e, uint64_t number, const char *text, size_t n)
{
	struct explained_call *c = &e->call[number % EXPLAIN_CALLS];

	if (c->number == number)
		copy(c->result, text, n);
}

/* The same failure again, or a place for a new one: the one longest ago when there is none free. */
static struct explained_failure *place_for(struct explain *e, efi_status_t status,
					   const char text[static EXPLAIN_BYTES])
{
	struct explained_failure *f = e->failure, *oldest = f;

	for (; f < e->failure + e->n_failures; f++) {
		if (f->status == status && !strcmp(f->text, text))
			return f;
		oldest = f->last < oldest->last ? f : oldest;
	}
	if (e->n_failures < EXPLAIN_FAILURES)
		oldest = &e->failure[e->n_failures++];
	*oldest = (struct explained_failure){ .status = status };
	memcpy(oldest->text, text, EXPLAIN_BYTES);
	return oldest;
}

void explain_failure(struct explain *e, uint64_t number, efi_status_t status, const char *text,
		     size_t n)
{
	struct explained_failure *f;
	char cut[EXPLAIN_BYTES] = { 0 };

	copy(cut, text, n);
	f = place_for(e, status, cut);
	f->times++;
	f->last = number;
}

static bool is_absence(efi_status_t status)
{
	return status == EFI_NOT_FOUND || status == EFI_UNSUPPORTED;
}

/* Of one kind, those that came last at the end. */
static void print_failures(const struct explain *e, bool absences, const char *title, FILE *out)
{
	const struct explained_failure *next;
	uint64_t after = 0;

	do {
		next = NULL;
		for (const struct explained_failure *f = e->failure; f < e->failure + e->n_failures;
		     f++)
			if (is_absence(f->status) == absences && f->last > after &&
			    (!next || f->last < next->last))
				next = f;
		if (!next)
			break;
		if (!after)
			fprintf(out, "%s:\n", title);
		fprintf(out, "%7" PRIu64 " x %s = %s, last in call %" PRIu64 "\n", next->times,
			next->text, firmware_status_name(next->status), next->last);
		after = next->last;
	} while (next);
}

void explain_print(const struct explain *e, uint64_t n_calls, FILE *out)
{
	const uint64_t first = n_calls > EXPLAIN_CALLS ? n_calls - EXPLAIN_CALLS + 1 : 1;

	print_failures(e, true, "asked for, not found", out);
	print_failures(e, false, "other failures", out);
	fprintf(out, n_calls ? "the last of %" PRIu64 " calls:\n" : "no call was made\n", n_calls);
	for (uint64_t i = first; i <= n_calls; i++) {
		const struct explained_call *c = &e->call[i % EXPLAIN_CALLS];

		fprintf(out, "%7" PRIu64 "   %s%s\n", i, c->text,
			c->result[0] ? c->result : " did not return");
	}
}
