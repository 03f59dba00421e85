// SPDX-License-Identifier: MIT
#include "firmware/console/keys.h"
#include "base/util.h"
#include "tap.h"

#include <string.h>

#define SHIFT (SHIFT_STATE_VALID | SHIFT_PRESSED)
#define ALT (SHIFT_STATE_VALID | ALT_PRESSED)
#define CONTROL (SHIFT_STATE_VALID | CONTROL_PRESSED)

/* A whole sequence: all of it is taken, and no beginning of it for something else. */
static const struct row {
	const char *bytes;
	uint16_t scan_code, unicode;
	uint32_t shift_state;
} rows[] = {
	{ "a", 0, 'a', 0 },
	{ "~", 0, '~', 0 },
	{ "\x01", 0, 1, 0 }, /* Ctrl-A */
	{ "\t", 0, '\t', 0 },
	{ "\r", 0, '\r', 0 },
	{ "\n", 0, '\r', 0 },
	{ "\b", 0, '\b', 0 },
	{ "\x7f", 0, '\b', 0 },
	{ "\xc3\xa4", 0, 0xe4, 0 },
	{ "\xe2\x82\xac", 0, 0x20ac, 0 },
	{ "\xf0\x9f\x98\x80", 0, 0, 0 }, /* two units: no key */
	{ "\x1b[A", SCAN_UP, 0, 0 },
	{ "\x1b[B", SCAN_DOWN, 0, 0 },
	{ "\x1b[C", SCAN_RIGHT, 0, 0 },
	{ "\x1b[D", SCAN_LEFT, 0, 0 },
	{ "\x1b[H", SCAN_HOME, 0, 0 },
	{ "\x1b[F", SCAN_END, 0, 0 },
	{ "\x1bOA", SCAN_UP, 0, 0 },
	{ "\x1bOH", SCAN_HOME, 0, 0 },
	{ "\x1bOP", SCAN_F1, 0, 0 },
	{ "\x1bOQ", SCAN_F1 + 1, 0, 0 },
	{ "\x1bOR", SCAN_F1 + 2, 0, 0 },
	{ "\x1bOS", SCAN_F1 + 3, 0, 0 },
	{ "\x1b[1~", SCAN_HOME, 0, 0 },
	{ "\x1b[2~", SCAN_INSERT, 0, 0 },
	{ "\x1b[3~", SCAN_DELETE, 0, 0 },
	{ "\x1b[4~", SCAN_END, 0, 0 },
	{ "\x1b[5~", SCAN_PAGE_UP, 0, 0 },
	{ "\x1b[6~", SCAN_PAGE_DOWN, 0, 0 },
	{ "\x1b[7~", SCAN_HOME, 0, 0 },
	{ "\x1b[8~", SCAN_END, 0, 0 },
	{ "\x1b[11~", SCAN_F1, 0, 0 },
	{ "\x1b[15~", SCAN_F1 + 4, 0, 0 },
	{ "\x1b[16~", 0, 0, 0 }, /* no key has it */
	{ "\x1b[17~", SCAN_F1 + 5, 0, 0 },
	{ "\x1b[21~", SCAN_F1 + 9, 0, 0 },
	{ "\x1b[22~", 0, 0, 0 },
	{ "\x1b[23~", SCAN_F11, 0, 0 },
	{ "\x1b[24~", SCAN_F12, 0, 0 },
	{ "\x1b[25~", 0, 0, 0 },
	{ "\x1b[~", 0, 0, 0 },
	{ "\x1b[1;2A", SCAN_UP, 0, SHIFT },
	{ "\x1b[1;3B", SCAN_DOWN, 0, ALT },
	{ "\x1b[1;5C", SCAN_RIGHT, 0, CONTROL },
	{ "\x1b[1;8D", SCAN_LEFT, 0, SHIFT | ALT | CONTROL },
	{ "\x1b[1;1H", SCAN_HOME, 0, 0 },
	{ "\x1b[3;5~", SCAN_DELETE, 0, CONTROL },
	{ "\x1b[15;2~", SCAN_F1 + 4, 0, SHIFT },
	{ "\x1b[200~", 0, 0, 0 }, /* pasting begins */
	{ "\x1b[;;;A", SCAN_UP, 0, 0 },
	{ "\x1b[?1;2c", 0, 0, SHIFT },
	{ "\x1b"
	  "x",
	  0, 'x', ALT },
	{ "\x1b"
	  "\xc3\xa4",
	  0, 0xe4, ALT },
};

static void check_row(const struct row *row)
{
	const size_t n = strlen(row->bytes);
	struct key key = { 77, 77, 77 };
	uint8_t more[32];
	char shown[64] = "";
	bool waits = true;
	size_t used;

	for (size_t i = 0; i < n; i++)
		sprintf(shown + 2 * i, "%02x", (uint8_t)row->bytes[i]);
	for (size_t cut = 1; cut < n; cut++)
		waits &= key_decode((const uint8_t *)row->bytes, cut, false, &key) == 0 &&
			 key.unicode == 77;
	check_msg(waits, "%s cut off is waited for", shown);
	used = key_decode((const uint8_t *)row->bytes, n, false, &key);
	check_msg(used == n && key.scan_code == row->scan_code && key.unicode == row->unicode &&
			  key.shift_state == row->shift_state,
		  "%s", shown);
	/* the next key stays where it is */
	memcpy(more, row->bytes, n);
	more[n] = 'z';
	key = (struct key){ 0 };
	check_msg(key_decode(more, n + 1, true, &key) == n && key.scan_code == row->scan_code,
		  "%s and another key", shown);
}

/* Nothing more will come: what is there is taken for what it can be. */
static void test_final(void)
{
	static const struct {
		const char *bytes;
		size_t used;
		uint16_t scan_code, unicode;
	} ends[] = {
		{ "\x1b", 1, SCAN_ESC, 0 },
		{ "\x1b\x1b", 1, SCAN_ESC, 0 },
		{ "\x1b[", 2, 0, 0 },
		{ "\x1b[1", 3, 0, 0 },
		{ "\x1bO", 2, 0, 0 },
		{ "\x1b[1;5", 5, 0, 0 },
		{ "\xc3", 1, 0, 0xfffd },
		{ "\xe2\x82", 1, 0, 0xfffd },
		{ "\xff", 1, 0, 0xfffd },
		{ "\xf0\x9f\x98", 1, 0, 0xfffd },
		{ "\x1b\xe2\x82", 2, 0, 0xfffd },
	};
	struct key key;
	size_t used;

	for (unsigned i = 0; i < ARRAY_SIZE(ends); i++) {
		used = key_decode((const uint8_t *)ends[i].bytes, strlen(ends[i].bytes), true,
				  &key);
		check_msg(used == ends[i].used && key.scan_code == ends[i].scan_code &&
				  key.unicode == ends[i].unicode,
			  "the end of row %u", i);
	}
	/* Esc twice is Esc, then the beginning of something */
	check(key_decode((const uint8_t *)"\x1b\x1b", 2, false, &key) == 1);
	check(key.scan_code == SCAN_ESC);
}

/* A sequence that never ends is given up, not waited for. */
static void test_endless(void)
{
	uint8_t bytes[300];
	struct key key;
	size_t used;

	memset(bytes, '1', sizeof(bytes));
	memcpy(bytes, "\x1b[", 2);
	used = key_decode(bytes, sizeof(bytes), false, &key);
	check(used > 2 && used <= 32 && !key.scan_code && !key.unicode);
	memset(bytes + 2, ';', sizeof(bytes) - 2);
	used = key_decode(bytes, sizeof(bytes), false, &key);
	check(used > 2 && used <= 32);
}

/* Each input of up to three bytes is used up, in a heap block of its own for ASan's sake. */
static bool terminates(const uint8_t *given, size_t n)
{
	uint8_t *p = malloc(n);
	struct key key = { 0 };
	size_t at = 0, used, early;
	bool good = p;

	memcpy(p, given, n);
	while (good && at < n) {
		early = key_decode(p + at, n - at, false, &key);
		used = key_decode(p + at, n - at, true, &key);
		good = used > 0 && used <= n - at && (early == 0 || early == used);
		at += used;
	}
	free(p);
	return good;
}

static void test_all_short(void)
{
	uint8_t p[3];
	bool good = true;

	for (unsigned a = 0; a < 256; a++) {
		p[0] = (uint8_t)a;
		good &= terminates(p, 1);
		for (unsigned b = 0; b < 256; b++) {
			p[1] = (uint8_t)b;
			good &= terminates(p, 2);
		}
	}
	check_msg(good, "every input of one and two bytes");
	/* of three, those where anything but plain letters is involved */
	for (unsigned v = 0; v < 1 << 24; v++) {
		p[0] = (uint8_t)(v >> 16);
		p[1] = (uint8_t)(v >> 8);
		p[2] = (uint8_t)v;
		if (p[0] != 0x1b && p[0] < 0x80)
			v |= 0xffff;
		else
			good &= terminates(p, 3);
	}
	check_msg(good, "every input of three bytes that begins a sequence");
}

int main(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++)
		check_row(&rows[i]);
	test_final();
	test_endless();
	test_all_short();
	return tap_done();
}
