// SPDX-License-Identifier: MIT
#include "base/why.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { REPLACEMENT = 0xfffd };

int why_set(struct why *why, int r, const char *fmt, ...)
{
	va_list ap;

	if (why) {
		va_start(ap, fmt);
		vsnprintf(why->text, sizeof(why->text), fmt, ap);
		va_end(ap);
	}
	return r;
}

int why_errno(struct why *why, int r, const char *fmt, ...)
{
	va_list ap;
	size_t used;

	if (!why)
		return r;
	va_start(ap, fmt);
	vsnprintf(why->text, sizeof(why->text), fmt, ap);
	va_end(ap);
	used = strlen(why->text);
	snprintf(why->text + used, sizeof(why->text) - used, ": %s", strerror(-r));
	return r;
}

bool why_clean(struct why *why)
{
	const size_t n = strnlen(why->text, sizeof(why->text));
	uint8_t *p = (uint8_t *)why->text;
	size_t used;
	uint32_t c;

	if (n == sizeof(why->text))
		return false;
	for (size_t i = 0; i < n; i += used) {
		used = text_decode_utf8(p + i, n - i, &c);
		if (used == 0 || text_is_control(c) ||
		    (c == REPLACEMENT && (used != 3 || memcmp(p + i, "\xef\xbf\xbd", 3) != 0))) {
			used = used ? used : 1;
			memset(p + i, '?', used);
		}
	}
	return true;
}
