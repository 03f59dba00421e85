// SPDX-License-Identifier: MIT
#include "firmware/console/terminal.h"
#include "base/clock.h"
#include "base/util.h"
#include "base/why.h"
#include "firmware/console/console.h"
#include "firmware/console/key_notify.h"
#include "firmware/console/keys.h"
#include "firmware/core/config.h"
#include "firmware/core/part.h"
#include "firmware/core/state.h"
#include "firmware/core/tracer.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

/* How long an escape may stand alone before it is the Esc key and no sequence's beginning. */
#define ESCAPE_NS UINT64_C(30000000)

enum { LINE_BYTES = 4096 }; /* that a terminal keeps for who does not read */

struct terminal *terminal_of(const struct firmware *fw)
{
	return part_state(fw, &part_terminal);
}

static void put(struct firmware *fw, const char *utf8, size_t n)
{
	trace_flush(fw);
	fw->config.terminal.write(fw->config.terminal.context, utf8, n);
}

/*
 * "Press any key to continue" waits for a person, some of those who say it for ten seconds, others
 * for ever. (Where any key does something else, to press none is the answer.) The text has its
 * first letter once: what breaks off can begin anew with that letter only.
 */
static void note_question(struct terminal *t, const char *utf8, size_t n)
{
	static const char question[] = "any key to continue";

	for (; n; utf8++, n--) {
		const char c = *utf8 >= 'A' && *utf8 <= 'Z' ? (char)(*utf8 | 0x20) : *utf8;

		t->n_asking = c == question[t->n_asking] ? t->n_asking + 1 : c == question[0];
		if (question[t->n_asking])
			continue;
		t->asked = true;
		t->n_asking = 0;
	}
}

/* Where nobody can answer, Enter is pressed, once for each time that it was asked. */
static bool answer_question(struct firmware *fw)
{
	struct terminal *t = terminal_of(fw);
	const struct firmware_terminal *real = &fw->config.terminal;

	if (!t->asked || t->n_typed || !real->ended || !real->ended(real->context))
		return false;
	t->asked = false;
	t->typed[t->n_typed++] = '\r';
	return true;
}

void terminal_write(struct firmware *fw, const char *utf8, size_t n)
{
	note_question(terminal_of(fw), utf8, n);
	still_said(fw, utf8, n);
	put(fw, utf8, n);
}

void terminal_control(struct firmware *fw, const char *fmt, ...)
{
	char text[64];
	va_list ap;
	int n;

	if (!fw->config.terminal.interactive)
		return;
	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n > 0)
		put(fw, text, min_u64((uint64_t)n, sizeof(text) - 1));
}

void terminal_measure(struct firmware *fw)
{
	const struct firmware_terminal *real = &fw->config.terminal;
	struct terminal *t = terminal_of(fw);

	if (real->interactive && real->size)
		real->size(real->context, &t->columns, &t->rows);
}

static void fetch_typed(struct firmware *fw)
{
	struct terminal *t = terminal_of(fw);
	size_t got = fw->config.terminal.read(fw->config.terminal.context, t->typed + t->n_typed,
					      sizeof(t->typed) - t->n_typed);

	t->n_typed += got;
	if (got || answer_question(fw))
		t->typed_ns = now_ns();
}

bool terminal_has_bytes(struct firmware *fw)
{
	fetch_typed(fw);
	return terminal_of(fw)->n_typed;
}

size_t terminal_take_bytes(struct firmware *fw, uint8_t *to, size_t n)
{
	struct terminal *t = terminal_of(fw);

	if (!terminal_has_bytes(fw))
		return 0;
	n = min_u64(n, t->n_typed);
	memcpy(to, t->typed, n);
	t->n_typed -= n;
	memmove(t->typed, t->typed + n, t->n_typed);
	return n;
}

bool terminal_poll_key(struct firmware *fw)
{
	struct terminal *t = terminal_of(fw);
	size_t used;

	if (t->has_key)
		return true;
	fetch_typed(fw);
	while (t->n_typed && !t->has_key) {
		used = key_decode(t->typed, t->n_typed,
				  t->n_typed == sizeof(t->typed) ||
					  now_ns() - t->typed_ns > ESCAPE_NS,
				  &t->key);
		if (!used)
			return false;
		t->n_typed -= used;
		memmove(t->typed, t->typed + used, t->n_typed);
		t->has_key = t->key.scan_code || t->key.unicode;
		if (t->has_key)
			key_notify_typed(fw, t->notify, &t->key);
	}
	return t->has_key;
}

void terminal_flush(struct firmware *fw)
{
	struct terminal *t = terminal_of(fw);
	const bool asked = t->asked;

	t->asked = false; /* who drops old keys still wants an answer to what was asked */
	/* not all that comes: from a file, or from yes(1), there may be no end of it */
	for (unsigned i = 0; i < LINE_BYTES && terminal_poll_key(fw); i++)
		t->has_key = false;
	t->n_typed = 0;
	t->asked = asked;
}

static int terminal_open(struct firmware *fw, struct why *why)
{
	struct terminal *t = terminal_of(fw);

	t->columns = fw->config.terminal.columns;
	t->rows = fw->config.terminal.rows;
	terminal_measure(fw);
	return 0;
}

static void terminal_close(struct firmware *fw)
{
	key_notify_free(fw, &terminal_of(fw)->notify);
}

const struct part part_terminal = {
	.state_bytes = sizeof(struct terminal),
	.open = terminal_open,
	.close = terminal_close,
};
