// SPDX-License-Identifier: MIT
#include "menu/glob.h"

#include <stddef.h>

static unsigned char lower(char c)
{
	return (unsigned char)(c >= 'A' && c <= 'Z' ? c + 0x20 : c);
}

/* "[...]": *pattern is behind the '[' and goes behind the ']'; without one it stays, no match. */
static bool in_brackets(const char **pattern, char c)
{
	const char *p = *pattern;
	const bool negated = *p == '!' || *p == '^';
	bool found = false;

	p += negated;
	do {
		const char from = *p;

		if (!from)
			return false;
		if (p[1] == '-' && p[2] && p[2] != ']') {
			found |= lower(from) <= lower(c) && lower(c) <= lower(p[2]);
			p += 3;
		} else {
			found |= lower(from) == lower(c);
			p++;
		}
	} while (*p != ']');
	*pattern = p + 1;
	return found != negated;
}

/* One character of the text against the next piece of the pattern, which is no '*'. */
static bool takes(const char **pattern, char c)
{
	const char *p = *pattern;
	bool ok;

	if (!*p)
		return false;
	if (*p == '[') {
		p++;
		ok = in_brackets(&p, c);
	} else {
		if (*p == '\\' && p[1])
			ok = lower(*++p) == lower(c);
		else
			ok = *p == '?' || lower(*p) == lower(c);
		p++;
	}
	if (ok)
		*pattern = p;
	return ok;
}

bool glob_matches(const char *pattern, const char *text)
{
	const char *star = NULL, *tried = NULL; /* behind the last '*', and what it took so far */

	while (*text) {
		if (*pattern == '*') {
			star = ++pattern;
			tried = text;
		} else if (takes(&pattern, *text)) {
			text++;
		} else if (star) {
			/* only the last one has to give: what was before it has matched already */
			pattern = star;
			text = ++tried;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}
