// SPDX-License-Identifier: MIT
#include "firmware/core/still.h"
#include "base/why.h"
#include "firmware/core/end.h"
#include "firmware/core/state.h"

#include <string.h>

static bool has_words(const char *line)
{
	return line[strspn(line, " ")];
}

static void line_ends(struct still *s)
{
	s->line[s->n_line] = '\0';
	if (has_words(s->line))
		memcpy(s->said, s->line, sizeof(s->said));
	s->n_line = 0;
	s->line[0] = '\0';
}

void still_said(struct firmware *fw, const char *utf8, size_t n)
{
	struct still *s = &fw->still;

	for (size_t i = 0; i < n; i++) {
		if (utf8[i] == '\n' || utf8[i] == '\r')
			line_ends(s);
		else if (s->n_line < sizeof(s->line) - 1)
			s->line[s->n_line++] = utf8[i];
	}
	s->line[s->n_line] = '\0';
}

static void tell(struct firmware *fw)
{
	struct still *s = &fw->still;
	struct why why;

	if (has_words(s->line))
		line_ends(s);
	why_set(&why, 0, "stands still: it has done nothing but wait for %d s%s%s%s", STILL_S,
		s->said[0] ? ", and its last words are \"" : "", s->said, s->said[0] ? "\"" : "");
	s->told = true;
	if (fw->config.stands_still && fw->config.stands_still(why.text))
		violation(fw, "%s", why.text);
}

void still_look(struct firmware *fw, uint64_t now, uint64_t n_own)
{
	struct still *s = &fw->still;
	const uint64_t n_calls = fw->summary.n_calls;

	if (!s->since_ns || n_calls > s->call + n_own)
		s->since_ns = now;
	s->call = n_calls;
	if (!s->told && now - s->since_ns >= STILL_S * UINT64_C(1000000000))
		tell(fw);
}
