// SPDX-License-Identifier: MIT
#include "base/why.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

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
