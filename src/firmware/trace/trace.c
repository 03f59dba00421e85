// SPDX-License-Identifier: MIT
/* One line a call, as strace writes them: name, arguments, result, what came back, time. */
#include "firmware/trace/trace.h"
#include "base/clock.h"
#include "base/why.h"
#include "firmware/core/gate.h"
#include "firmware/core/guid.h"
#include "firmware/core/part.h"
#include "firmware/core/service.h"
#include "firmware/core/state.h"
#include "firmware/core/status.h"
#include "firmware/core/tracer.h"
#include "firmware/trace/count.h"
#include "firmware/trace/explain.h"
#include "firmware/trace/filter.h"
#include "firmware/trace/show.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
	PENDING_BYTES = 32768,
	LINE_BYTES = 16384, /* what is longer is cut off */
};

/* A write a line would cost more than the call that it tells of: lines are kept for a while. */
#define KEEP_NS UINT64_C(1000000)

struct trace {
	FILE *text; /* the line that is being made, all of it in bytes */
	char *bytes;
	size_t n_bytes;
	char *pending;
	size_t n_pending;
	uint64_t written_ns;
	bool line_open;	    /* a call is shown and its result is not yet */
	bool *shown;	    /* by a service's place: its calls are; NULL: all are */
	uint64_t are_shown; /* of the calls that are being answered, a bit each, the last one's
			       lowest */
	struct explain *explain;
	struct counts *counts; /* NULL: nobody wants to know */
};

static struct trace *trace_of(const struct firmware *fw)
{
	struct trace **state = part_state(fw, &part_trace);

	return state ? *state : NULL;
}

/* What was made of a line since the last time, to be written with others. */
static void take_text(struct trace *t)
{
	const long n = fflush(t->text) == 0 ? ftell(t->text) : LINE_BYTES;

	t->n_bytes = n < 0 ? 0 : (size_t)n;
	rewind(t->text);
}

static void flush(struct firmware *fw)
{
	struct trace *t = trace_of(fw);

	if (!fw->config.trace || !t->n_pending)
		return;
	fwrite(t->pending, 1, t->n_pending, fw->config.trace);
	fflush(fw->config.trace);
	t->n_pending = 0;
}

static void keep(struct firmware *fw, const char *text, size_t n)
{
	struct trace *t = trace_of(fw);

	if (n > PENDING_BYTES - t->n_pending)
		flush(fw);
	if (n > PENDING_BYTES) {
		fwrite(text, 1, n, fw->config.trace);
		return;
	}
	memcpy(t->pending + t->n_pending, text, n);
	t->n_pending += n;
}

static void indent(struct firmware *fw)
{
	for (unsigned i = 1; i < fw->depth; i++)
		keep(fw, "  ", 2);
}

static void flush_in_time(struct firmware *fw, uint64_t now)
{
	struct trace *t = trace_of(fw);

	if (now - t->written_ns < KEEP_NS)
		return;
	flush(fw);
	t->written_ns = now;
}

void trace_summarize(struct firmware *fw)
{
	const struct trace *t = trace_of(fw);

	if (!t || !t->counts)
		return;
	count_print(t->counts, &fw->groups, fw->config.summary);
	fflush(fw->config.summary);
}

void trace_explain(struct firmware *fw)
{
	struct trace *t = trace_of(fw);

	if (!t || !fw->config.trace)
		return;
	if (t->line_open)
		keep(fw, "\n", 1);
	t->line_open = false;
	flush(fw);
	explain_print(t->explain, fw->summary.n_calls, fw->config.trace);
	fflush(fw->config.trace);
}

/* The arguments, or of a failure those that say what was asked for. */
static void show_args(const struct call *c, bool all)
{
	FILE *out = trace_of(c->fw)->text;
	const char *separator = "";
	enum arg_kind kind;

	for (unsigned i = 0; i < SERVICE_MAX_ARGS && c->service->args[i]; i++) {
		kind = c->service->args[i];
		if (kind == ARG_THIS ||
		    (!all && kind != ARG_GUID && kind != ARG_TEXT && kind != ARG_PATH))
			continue;
		fputs(separator, out);
		show_arg(c->fw, out, kind, c->arg[i]);
		separator = ", ";
	}
}

static void show_call(const struct call *c, bool all)
{
	const struct service_group *group = service_group_of(c->fw, c->service);
	struct trace *t = trace_of(c->fw);
	char buf[GUID_TEXT_BYTES];
	FILE *out = t->text;

	if (group->guid)
		fprintf(out, "%s.", guid_name(group->guid, buf));
	fprintf(out, "%s(", c->service->name);
	show_args(c, all);
	fputs(")", out);
	take_text(t);
}

static bool is_shown(const struct trace *t)
{
	return t->are_shown & 1;
}

static void begin_line(const struct call *c)
{
	struct trace *t = trace_of(c->fw);

	show_call(c, true);
	explain_call(t->explain, c->number, t->bytes, t->n_bytes);
	if (!is_shown(t))
		return;
	if (t->line_open)
		keep(c->fw, "\n", 1);
	indent(c->fw);
	keep(c->fw, t->bytes, t->n_bytes);
	t->line_open = true;
}

/* So far, outside the image. */
static uint64_t spent_ns(const struct firmware *fw, uint64_t now)
{
	return fw->summary.service_ns + (now - fw->entered_ns);
}

static unsigned place_of(const struct call *c)
{
	return (unsigned)((service_gate(c->fw, c->service) - c->fw->gates) / GATE_BYTES);
}

static uint64_t trace_call(const struct call *c)
{
	struct trace *t = trace_of(c->fw);
	uint64_t now;

	t->are_shown = t->are_shown << 1 | (!t->shown || t->shown[place_of(c)]);
	if (c->fw->config.trace)
		begin_line(c);
	now = now_ns();
	if (c->fw->config.trace)
		flush_in_time(c->fw, now);
	if (t->counts)
		count_call(t->counts, spent_ns(c->fw, now));
	return now;
}

static void note(struct firmware *fw, const char *text)
{
	if (!fw->config.trace || !is_shown(trace_of(fw)))
		return;
	keep(fw, " /* ", 4);
	keep(fw, text, strlen(text));
	keep(fw, " */", 3);
}

/* Whoever asks whether something has happened yet, or how much room to make, has not failed. */
static void note_failure(const struct call *c, efi_status_t status)
{
	struct trace *t = trace_of(c->fw);

	if (c->service->result != RESULT_STATUS || !(status >> 63) || status == EFI_NOT_READY ||
	    status == EFI_BUFFER_TOO_SMALL)
		return;
	show_call(c, false);
	explain_failure(t->explain, c->number, status, t->bytes, t->n_bytes);
}

static void end_line(const struct call *c, efi_status_t status, uint64_t took_ns)
{
	struct firmware *fw = c->fw;
	struct trace *t = trace_of(fw);

	/* calls within this one are between its beginning and here */
	if (is_shown(t) && !t->line_open) {
		indent(fw);
		keep(fw, "... ", 4);
		keep(fw, c->service->name, strlen(c->service->name));
	}
	if (c->service->result == RESULT_STATUS)
		fprintf(t->text, " = %s", firmware_status_name(status));
	else if (c->service->result == RESULT_TPL)
		fprintf(t->text, " = %" PRIu64, status);
	else if (c->service->result == RESULT_ADDR)
		fprintf(t->text, " = %#" PRIx64, status);
	for (unsigned i = 0; i < SERVICE_MAX_ARGS && c->service->args[i]; i++) {
		if (c->service->args[i] < ARG_OUT || !c->arg[i] ||
		    (status >> 63 && c->service->args[i] != ARG_INOUT))
			continue;
		fputs(" ", t->text);
		show_target(fw, t->text, c->service->args[i], c->arg[i]);
	}
	fprintf(t->text, " <%.1f us>", (double)took_ns / 1000);
	take_text(t);
	explain_result(t->explain, c->number, t->bytes, t->n_bytes);
	if (is_shown(t)) {
		keep(fw, t->bytes, t->n_bytes);
		keep(fw, "\n", 1);
		t->line_open = false;
	}
	note_failure(c, status);
}

static void trace_result(const struct call *c, efi_status_t status, uint64_t began_ns)
{
	const uint64_t now = now_ns();
	struct trace *t = trace_of(c->fw);

	if (t->counts)
		count_result(t->counts, place_of(c),
			     c->service->result == RESULT_STATUS && status >> 63,
			     spent_ns(c->fw, now));
	if (c->fw->config.trace) {
		end_line(c, status, now - began_ns);
		flush_in_time(c->fw, now);
	}
	t->are_shown >>= 1;
}

static const struct tracer tracer = {
	.call = trace_call,
	.result = trace_result,
	.note = note,
	.flush = flush,
};

/* What the image has us show lies among its bytes, libc's own buffer of it too. */
static bool open_texts(struct firmware *fw, struct trace *t)
{
	char *buffer = (char *)heap_bytes(&fw->heap, LINE_BYTES);

	t->bytes = (char *)heap_bytes(&fw->heap, LINE_BYTES);
	t->pending = (char *)heap_bytes(&fw->heap, PENDING_BYTES);
	t->explain = (struct explain *)heap_bytes(&fw->heap, sizeof(*t->explain));
	if (!buffer || !t->bytes || !t->pending || !t->explain)
		return false;
	t->text = fmemopen(t->bytes, LINE_BYTES, "w");
	return t->text && setvbuf(t->text, buffer, _IOFBF, LINE_BYTES) == 0;
}

static bool open_counts(struct firmware *fw, struct trace *t)
{
	const struct counts *c = t->counts = heap_new(NULL, sizeof(*t->counts));

	if (c)
		t->counts->of = heap_new(NULL, gates_needed(fw) * sizeof(*t->counts->of));
	return c && c->of;
}

/* Nothing at all where nobody wants lines or counts. */
static int trace_open(struct firmware *fw, struct why *why)
{
	struct trace **state = part_state(fw, &part_trace), *t;
	const char *filter = fw->config.trace_filter;

	if (!fw->config.trace && !fw->config.summary)
		return 0;
	t = *state = heap_new(NULL, sizeof(*t));
	if (!t || (fw->config.trace && !open_texts(fw, t)) ||
	    (fw->config.summary && !open_counts(fw, t)))
		return why_errno(why, -ENOMEM, "trace");
	fw->tracer = &tracer;
	if (!filter)
		return 0;
	t->shown = heap_new(NULL, gates_needed(fw));
	return t->shown ? filter_read(&fw->groups, filter, t->shown, why)
			: why_errno(why, -ENOMEM, "trace");
}

static void trace_close(struct firmware *fw)
{
	struct trace *t = trace_of(fw);

	fw->tracer = NULL;
	if (!t)
		return;
	if (t->text)
		fclose(t->text);
	if (t->counts)
		heap_free(NULL, t->counts->of);
	heap_free(NULL, t->counts);
	heap_free(NULL, t->shown);
	heap_free(NULL, t); /* the texts go with the heap they are in */
}

const struct part part_trace = {
	.state_bytes = sizeof(struct trace *),
	.open = trace_open,
	.close = trace_close,
};
