// SPDX-License-Identifier: MIT
/* Text that may be anything, for people and in JSON. */
#include "tool/print.h"
#include "tap.h"

#include <string.h>

static char *printed;
static size_t n_printed;
static FILE *out;

/* What is printed from here on goes to memory, */
static void begin(void)
{
	out = stdout;
	stdout = open_memstream(&printed, &n_printed);
	if (!stdout)
		abort();
}

/* up to here. */
static void check_printed(const char *want)
{
	fclose(stdout);
	stdout = out;
	if (!check_msg(!strcmp(printed, want), "prints %s", want))
		printf("# got %s\n", printed);
	free(printed);
}

static void test_safe(void)
{
	static const struct {
		const char *text, *want;
		unsigned columns;
	} rows[] = {
		{ "", "", 0 },
		{ "a\"\\b", "a\"\\b", 4 },
		{ "\u00e9\u263a", "\u00e9\u263a", 2 },
		{ "\x1b[31m\n\x7f", "?[31m??", 7 },
		{ "\xc2\x9b"
		  "2J",
		  "?2J", 3 }, /* does what ESC [ does */
		{ "\xff\xc3", "??", 2 },
		{ "\ufffd", "\ufffd", 1 },
	};
	unsigned columns;

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		begin();
		columns = print_safe(bytes_of_text(rows[i].text));
		check_printed(rows[i].want);
		check_msg(columns == rows[i].columns, "in %u columns", rows[i].columns);
	}
}

static void test_json(void)
{
	begin();
	json_begin();
	json_end();
	check_printed("{}\n");
	begin();
	json_begin();
	json_text("a", bytes_of_text("\"\\\x1b\xc2\x9b\xff\u00e9\x7f"));
	json_text("b", bytes_of_text(NULL));
	json_text("c", bytes_of_text(""));
	json_open("list", '[');
	json_text(NULL, bytes_of_text("x"));
	json_number(NULL, UINT64_MAX);
	json_open(NULL, '{');
	json_close('}');
	json_close(']');
	json_bool("d", true);
	json_word("e", "null");
	json_hex("f", (struct bytes){ (const uint8_t *)"\x00\xab", 2 });
	json_end();
	check_printed("{\"a\": \"\\\"\\\\\\u001b\\u009b?\u00e9\\u007f\", \"b\": null, \"c\": \"\", "
		      "\"list\": [\"x\", 18446744073709551615, {}], \"d\": true, \"e\": null, "
		      "\"f\": \"00ab\"}\n");
}

int main(void)
{
	test_safe();
	test_json();
	return tap_done();
}
