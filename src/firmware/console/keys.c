// SPDX-License-Identifier: MIT
#include "firmware/console/keys.h"
#include "base/text.h"
#include "base/util.h"

enum { ESCAPE = 0x1b, LONGEST = 16 };

/* ESC [ <letter> and ESC O <letter> */
static uint16_t scan_of_letter(uint8_t letter)
{
	switch (letter) {
	case 'A':
		return SCAN_UP;
	case 'B':
		return SCAN_DOWN;
	case 'C':
		return SCAN_RIGHT;
	case 'D':
		return SCAN_LEFT;
	case 'H':
		return SCAN_HOME;
	case 'F':
		return SCAN_END;
	case 'P':
	case 'Q':
	case 'R':
	case 'S':
		return (uint16_t)(SCAN_F1 + letter - 'P');
	default:
		return 0;
	}
}

/* ESC [ <number> ~ */
static uint16_t scan_of_number(unsigned number)
{
	static const uint16_t scan[] = {
		[1] = SCAN_HOME,    [2] = SCAN_INSERT,	  [3] = SCAN_DELETE,  [4] = SCAN_END,
		[5] = SCAN_PAGE_UP, [6] = SCAN_PAGE_DOWN, [7] = SCAN_HOME,    [8] = SCAN_END,
		[11] = SCAN_F1,	    [12] = SCAN_F1 + 1,	  [13] = SCAN_F1 + 2, [14] = SCAN_F1 + 3,
		[15] = SCAN_F1 + 4, [17] = SCAN_F1 + 5,	  [18] = SCAN_F1 + 6, [19] = SCAN_F1 + 7,
		[20] = SCAN_F1 + 8, [21] = SCAN_F1 + 9,	  [23] = SCAN_F11,    [24] = SCAN_F12,
	};

	return number < ARRAY_SIZE(scan) ? scan[number] : 0;
}

/* xterm's second parameter: 1 + (1 shift, 2 alt, 4 control) */
static uint32_t shift_of(unsigned parameter)
{
	unsigned bits = parameter ? parameter - 1 : 0;

	if (!bits)
		return 0;
	return SHIFT_STATE_VALID | (bits & 1 ? SHIFT_PRESSED : 0) | (bits & 2 ? ALT_PRESSED : 0) |
	       (bits & 4 ? CONTROL_PRESSED : 0);
}

/* Behind "ESC [": parameters, then a final letter or '~'. */
static size_t decode_csi(const uint8_t *p, size_t n, bool final, struct key *key)
{
	unsigned parameter[2] = { 0, 0 }, i = 0;
	size_t at;

	for (at = 2; at < n && at < LONGEST; at++) {
		if (p[at] >= '0' && p[at] <= '9') {
			parameter[i] = (parameter[i] * 10 + p[at] - '0') % 1000;
		} else if (p[at] == ';') {
			i = 1;
		} else if (p[at] >= 0x40 && p[at] <= 0x7e) {
			key->scan_code =
				p[at] == '~' ? scan_of_number(parameter[0]) : scan_of_letter(p[at]);
			key->shift_state = shift_of(parameter[1]);
			return at + 1;
		}
	}
	return final || at == LONGEST ? at : 0;
}

/* As UEFI has it in 16 bits: what needs two units is no key it knows. 0: cut off. */
static size_t decode_character(const uint8_t *p, size_t n, bool final, struct key *key)
{
	uint32_t c;
	size_t used = text_decode_utf8(p, n, &c);

	key->unicode = c > 0xffff ? 0 : (uint16_t)c;
	return !used && final ? 1 : used;
}

static size_t decode_escape(const uint8_t *p, size_t n, bool final, struct key *key)
{
	size_t used;

	if (n == 1) {
		key->scan_code = SCAN_ESC;
		return final ? 1 : 0;
	}
	if (p[1] == '[')
		return decode_csi(p, n, final, key);
	if (p[1] == 'O') {
		if (n == 2)
			return final ? 2 : 0;
		key->scan_code = scan_of_letter(p[2]);
		return 3;
	}
	if (p[1] == ESCAPE) {
		key->scan_code = SCAN_ESC;
		return 1;
	}
	/* Alt and a character */
	used = decode_character(p + 1, n - 1, final, key);
	key->shift_state = SHIFT_STATE_VALID | ALT_PRESSED;
	return used ? used + 1 : 0;
}

size_t key_decode(const uint8_t *p, size_t n, bool final, struct key *ret_key)
{
	struct key key = { 0 };
	size_t used = 1;

	if (p[0] == ESCAPE) {
		used = decode_escape(p, n, final, &key);
	} else if (p[0] == '\n' || p[0] == '\r') {
		key.unicode = '\r';
	} else if (p[0] == 0x7f || p[0] == '\b') {
		key.unicode = '\b';
	} else {
		used = decode_character(p, n, final, &key);
	}
	if (used)
		*ret_key = key;
	return used;
}
