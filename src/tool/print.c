// SPDX-License-Identifier: MIT
#include "tool/print.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *separator = ""; /* before the next member or element */

struct bytes bytes_of_text(const char *text)
{
	return (struct bytes){ (const uint8_t *)text, text ? strlen(text) : 0 };
}

/* What is no UTF-8 or steers a terminal is a question mark; in JSON the latter has a form. */
static unsigned print_text(struct bytes text, bool json)
{
	unsigned columns = 0;
	size_t used;
	uint32_t c;

	for (size_t i = 0; i < text.n; i += used, columns++) {
		used = text_decode_utf8(text.p + i, text.n - i, &c);
		if (used == 0 || (c == 0xfffd && memcmp(text.p + i, "\xef\xbf\xbd", 3))) {
			used = used ? used : 1;
			putchar('?');
		} else if (text_is_control(c)) {
			printf(json ? "\\u%04x" : "?", c);
		} else {
			if (json && (c == '"' || c == '\\'))
				putchar('\\');
			fwrite(text.p + i, 1, used, stdout);
		}
	}
	return columns;
}

unsigned print_safe(struct bytes text)
{
	return print_text(text, false);
}

static void next(const char *name)
{
	fputs(separator, stdout);
	if (name)
		printf("\"%s\": ", name);
	separator = ", ";
}

void json_open(const char *name, char bracket)
{
	next(name);
	putchar(bracket);
	separator = "";
}

void json_close(char bracket)
{
	putchar(bracket);
	separator = ", ";
}

void json_begin(void)
{
	separator = "";
	json_open(NULL, '{');
}

void json_end(void)
{
	json_close('}');
	putchar('\n');
}

void json_begin_list(void)
{
	separator = "";
	json_open(NULL, '[');
}

void json_end_list(void)
{
	json_close(']');
	putchar('\n');
}

void json_text(const char *name, struct bytes text)
{
	if (!text.p) {
		json_word(name, "null");
		return;
	}
	next(name);
	putchar('"');
	print_text(text, true);
	putchar('"');
}

void json_number(const char *name, uint64_t v)
{
	next(name);
	printf("%" PRIu64, v);
}

void json_bool(const char *name, bool v)
{
	json_word(name, v ? "true" : "false");
}

void json_hex(const char *name, struct bytes data)
{
	next(name);
	putchar('"');
	for (size_t i = 0; i < data.n; i++)
		printf("%02x", data.p[i]);
	putchar('"');
}

void json_word(const char *name, const char *word)
{
	next(name);
	fputs(word, stdout);
}
