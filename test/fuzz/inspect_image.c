// SPDX-License-Identifier: MIT
/* Whatever is in an image, what is printed of it is text, and JSON where JSON was asked for. */
#include "fuzz/fuzz.h"
#include "tool/inspect.h"
#include "unit/tiny_signature.h"

#include <stdio.h>
#include <stdlib.h>

/* What the printing functions print: a stream of ours in the place of standard output. */
static char *printed(const struct inspected *in, void (*print)(const struct inspected *),
		     size_t *ret_n)
{
	FILE *const out = stdout;
	char *text = NULL;

	stdout = open_memstream(&text, ret_n);
	fuzz_assert(stdout);
	print(in);
	fclose(stdout);
	stdout = out;
	return text;
}

static void check_text(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		fuzz_assert((uint8_t)text[i] >= ' ' || text[i] == '\n');
}

static const char *skip_value(const char *p);

static const char *skip_string(const char *p)
{
	fuzz_assert(*p++ == '"');
	for (; *p != '"'; p++) {
		fuzz_assert((uint8_t)*p >= ' ');
		if (*p == '\\')
			p++;
	}
	return p + 1;
}

/* Elements of a list, or names and values of an object. */
static const char *skip_elements(const char *p, char end)
{
	if (*++p == end)
		return p + 1;
	for (;;) {
		if (end == '}') {
			p = skip_string(p);
			fuzz_assert(p[0] == ':' && p[1] == ' ');
			p += 2;
		}
		p = skip_value(p);
		if (*p == end)
			return p + 1;
		fuzz_assert(p[0] == ',' && p[1] == ' ');
		p += 2;
	}
}

static const char *skip_value(const char *p)
{
	const char *end;

	if (*p == '"')
		return skip_string(p);
	if (*p == '{' || *p == '[')
		return skip_elements(p, *p == '{' ? '}' : ']');
	end = p + strspn(p, "0123456789abcdefghijklmnopqrstuvwxyz");
	fuzz_assert(end > p);
	return end;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	struct inspected *in = calloc(1, sizeof(*in));
	struct why why;
	char *text;
	size_t n;

	fuzz_assert(in);
	in->path = "an \"image\"\n";
	if (inspection_look((struct bytes){ data, n_bytes }, &in->image, &why) == 0) {
		text = printed(in, inspected_print, &n);
		check_text(text, n);
		free(text);
		text = printed(in, inspected_print_json, &n);
		fuzz_assert(n > 2 && skip_value(text) == text + n - 1 && text[n - 1] == '\n');
		free(text);
	}
	free(in);
	return 0;
}

size_t fuzz_seed(unsigned i, uint8_t *data, size_t cap)
{
	static const char osrel[] = "PRETTY_NAME=\"a \\\" b\033[31m\"\n";

	if (i > 1 || cap < TINY_SIGNED_BYTES)
		return 0;
	tiny_sign(data);
	if (i == 0)
		return TINY_SIGNED_BYTES;
	memcpy(data + tiny_section(0, 0), ".osrel\0\0", 8);
	memcpy(data + TINY_TEXT_DATA, osrel, sizeof(osrel));
	memcpy(data + tiny_section(1, 0), ".profile", 8);
	memcpy(data + TINY_DATA_DATA, "ID=\xc3(\nTITLE=\x7f", 14);
	return TINY_SIGNED_BYTES;
}
