// SPDX-License-Identifier: MIT
#include "base/text.h"
#include "base/why.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

enum { REPLACEMENT = 0xfffd };

void text_clean(char *text)
{
	const size_t n = strlen(text);
	uint8_t *p = (uint8_t *)text;
	size_t used;
	uint32_t c;

	for (size_t i = 0; i < n; i += used) {
		used = text_decode_utf8(p + i, n - i, &c);
		if (used == 0 || text_is_control(c) ||
		    (c == REPLACEMENT && (used != 3 || memcmp(p + i, "\xef\xbf\xbd", 3) != 0))) {
			used = used ? used : 1;
			memset(p + i, '?', used);
		}
	}
}

bool why_clean(struct why *why)
{
	if (strnlen(why->text, sizeof(why->text)) == sizeof(why->text))
		return false;
	text_clean(why->text);
	return true;
}

int why_impossible(struct why *why, const char *does)
{
	return why_set(why, -EBADMSG, "the process that %s it says what cannot be", does);
}
