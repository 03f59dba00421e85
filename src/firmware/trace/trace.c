// SPDX-License-Identifier: MIT
/* One line a call, as strace writes them: name, arguments, result, what came back, time. */
#include "firmware/trace/trace.h"
#include "base/clock.h"
#include "base/text.h"
#include "base/util.h"
#include "base/why.h"
#include "firmware/core/access.h"
#include "firmware/core/gate.h"
#include "firmware/core/guid.h"
#include "firmware/core/part.h"
#include "firmware/core/service.h"
#include "firmware/core/state.h"
#include "firmware/core/status.h"
#include "firmware/core/tracer.h"
#include "firmware/device_path/protocols/protocols.h"
#include "firmware/trace/explain.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
	TEXT_SHOWN = 256,
	REPLACEMENT = 0xfffd,
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
	bool line_open; /* a call is shown and its result is not yet */
	struct explain *explain;
};

static struct trace *trace_of(const struct firmware *fw)
{
	struct trace **state = part_state(fw, &part_trace);

	return state ? *state : NULL;
}

/* One character as a C string has it, without what a terminal would obey; returns its bytes. */
static size_t show_char(FILE *out, const char *utf8, size_t n)
{
	const uint8_t *p = (const uint8_t *)utf8;
	uint32_t c;
	size_t used = text_decode_utf8(p, n, &c);

	used = used ? used : n; /* cut off */
	if (c == '\n' || c == '\r')
		fputs(c == '\n' ? "\\n" : "\\r", out);
	else if (c == '"' || c == '\\')
		fprintf(out, "\\%c", (int)c);
	else if (text_is_control(c))
		fprintf(out, "\\x%02x", c);
	else if (c == REPLACEMENT && (used != 3 || memcmp(p, "\xef\xbf\xbd", 3) != 0))
		for (size_t i = 0; i < used; i++)
			fprintf(out, "\\x%02x", p[i]);
	else
		fwrite(utf8, 1, used, out);
	return used;
}

static void show_text(struct firmware *fw, FILE *out, efi_addr_t addr)
{
	char utf8[4];
	const void *text;
	long n = addr ? guest_text(fw, addr, 65536, &text) : -1;
	size_t used, bytes;

	if (n < 0) {
		fprintf(out, addr ? "%#" PRIx64 : "NULL", addr);
		return;
	}
	fputs("L\"", out);
	for (long i = 0; i < n && i < TEXT_SHOWN; i += (long)used) {
		bytes = text_to_utf8((const uint8_t *)text + 2 * i, (size_t)(n - i), utf8, &used);
		show_char(out, utf8, bytes);
	}
	fputs(n > TEXT_SHOWN ? "\"..." : "\"", out);
}

static void show_guid(struct firmware *fw, FILE *out, efi_addr_t addr)
{
	char buf[GUID_TEXT_BYTES];
	struct efi_guid guid;

	if (!addr)
		fputs("NULL", out);
	else if (guest_get_guid(fw, addr, &guid))
		fputs(guid_name(&guid, buf), out);
	else
		fprintf(out, "%#" PRIx64, addr);
}

/* Pointers to values: what they point to, marked as a reference. */
static void show_target(struct firmware *fw, FILE *out, enum arg_kind kind, efi_addr_t addr)
{
	uint64_t v = 0;

	if (!addr)
		fputs("NULL", out);
	else if (guest_get(fw, addr, &v, kind == ARG_OUT_U32 ? 4 : 8))
		fprintf(out, "&%#" PRIx64, v);
	else
		fprintf(out, "%#" PRIx64 "?", addr);
}

static void show_path(struct firmware *fw, FILE *out, efi_addr_t addr)
{
	char text[512];

	if (!addr || !device_path_text(fw, addr, text, sizeof(text))) {
		fprintf(out, addr ? "%#" PRIx64 : "NULL", addr);
		return;
	}
	fputs(text[0] ? "" : "END", out);
	for (size_t at = 0, n = strlen(text); at < n;)
		at += show_char(out, text + at, n - at);
}

/* The specification's names of enumerated values, and of flags from bit 0 up. */
static const char *const value_names[][8] = {
	[ARG_ALLOCATE_TYPE] = { "AnyPages", "MaxAddress", "Address" },
	[ARG_SEARCH_TYPE] = { "AllHandles", "ByRegisterNotify", "ByProtocol" },
	[ARG_TIMER_TYPE] = { "Cancel", "Periodic", "Relative" },
	[ARG_RESET_TYPE] = { "Cold", "Warm", "Shutdown", "PlatformSpecific" },
	[ARG_OPEN_ATTRIBUTES] = { "BY_HANDLE_PROTOCOL", "GET_PROTOCOL", "TEST_PROTOCOL",
				  "BY_CHILD_CONTROLLER", "BY_DRIVER", "EXCLUSIVE" },
	[ARG_VARIABLE_ATTRIBUTES] = { "NV", "BS", "RT", "HR", "AUTHENTICATED", "AT", "APPEND",
				      "ENHANCED" },
};

static void show_value(FILE *out, enum arg_kind kind, uint64_t v)
{
	if (v < ARRAY_SIZE(value_names[kind]) && value_names[kind][v])
		fputs(value_names[kind][v], out);
	else
		fprintf(out, "%" PRIu64, v);
}

static void show_flags(FILE *out, enum arg_kind kind, uint64_t v)
{
	const char *separator = "";

	for (unsigned i = 0; i < ARRAY_SIZE(value_names[kind]) && value_names[kind][i]; i++) {
		if (!(v >> i & 1))
			continue;
		fprintf(out, "%s%s", separator, value_names[kind][i]);
		separator = "|";
		v &= ~(UINT64_C(1) << i);
	}
	if (v || !*separator)
		fprintf(out, v ? "%s%#" PRIx64 : "%s0", separator, v);
}

static void show_arg(const struct call *c, enum arg_kind kind, uint64_t v)
{
	FILE *out = trace_of(c->fw)->text;

	switch (kind) {
	case ARG_NONE:
	case ARG_THIS:
		break;
	case ARG_GUID:
		show_guid(c->fw, out, v);
		break;
	case ARG_TEXT:
		show_text(c->fw, out, v);
		break;
	case ARG_PATH:
		show_path(c->fw, out, v);
		break;
	case ARG_STATUS:
		fputs(firmware_status_name(v), out);
		break;
	case ARG_MEMORY_TYPE:
		fputs(firmware_memory_type_name((uint32_t)v), out);
		break;
	case ARG_ALLOCATE_TYPE:
	case ARG_SEARCH_TYPE:
	case ARG_TIMER_TYPE:
	case ARG_RESET_TYPE:
		show_value(out, kind, v);
		break;
	case ARG_OPEN_ATTRIBUTES:
	case ARG_VARIABLE_ATTRIBUTES:
		show_flags(out, kind, v);
		break;
	case ARG_BOOL:
		fputs(v ? "TRUE" : "FALSE", out);
		break;
	case ARG_SIZE:
	case ARG_U8:
	case ARG_U16:
	case ARG_TPL:
		fprintf(out, "%" PRIu64, v);
		break;
	case ARG_INOUT:
		show_target(c->fw, out, kind, v);
		break;
	case ARG_OUT:
	case ARG_OUT_HANDLE:
	case ARG_OUT_U32:
		fputs(v ? "&" : "NULL", out);
		break;
	case ARG_HANDLE:
	case ARG_EVENT:
	case ARG_ADDR:
	case ARG_U32:
	case ARG_HEX:
		fprintf(out, v ? "%#" PRIx64 : "0", v);
		break;
	}
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

	if (!t->n_pending)
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

void trace_explain(struct firmware *fw)
{
	struct trace *t = trace_of(fw);

	if (!t)
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
		show_arg(c, kind, c->arg[i]);
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

static uint64_t trace_call(const struct call *c)
{
	struct firmware *fw = c->fw;
	struct trace *t = trace_of(fw);
	uint64_t now;

	if (t->line_open)
		keep(fw, "\n", 1);
	indent(fw);
	show_call(c, true);
	keep(fw, t->bytes, t->n_bytes);
	explain_call(t->explain, c->number, t->bytes, t->n_bytes);
	t->line_open = true;
	now = now_ns();
	flush_in_time(fw, now);
	return now;
}

static void note(struct firmware *fw, const char *text)
{
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

static void trace_result(const struct call *c, efi_status_t status, uint64_t began_ns)
{
	const uint64_t now = now_ns();
	struct firmware *fw = c->fw;
	struct trace *t = trace_of(fw);

	/* calls within this one are between its beginning and here */
	if (!t->line_open) {
		indent(fw);
		keep(fw, "... ", 4);
		keep(fw, c->service->name, strlen(c->service->name));
	}
	t->line_open = false;
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
	fprintf(t->text, " <%.1f us>", (double)(now - began_ns) / 1000);
	take_text(t);
	keep(fw, t->bytes, t->n_bytes);
	keep(fw, "\n", 1);
	explain_result(t->explain, c->number, t->bytes, t->n_bytes);
	note_failure(c, status);
	flush_in_time(fw, now);
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

/* Nothing at all without config.trace. */
static int trace_open(struct firmware *fw, struct why *why)
{
	struct trace **state = part_state(fw, &part_trace), *t;

	if (!fw->config.trace)
		return 0;
	t = *state = heap_new(NULL, sizeof(*t));
	if (!t || !open_texts(fw, t))
		return why_errno(why, -ENOMEM, "trace");
	fw->tracer = &tracer;
	return 0;
}

static void trace_close(struct firmware *fw)
{
	struct trace *t = trace_of(fw);

	fw->tracer = NULL;
	if (!t)
		return;
	if (t->text)
		fclose(t->text);
	heap_free(NULL, t); /* the texts go with the heap they are in */
}

const struct part part_trace = {
	.state_bytes = sizeof(struct trace *),
	.open = trace_open,
	.close = trace_close,
};
