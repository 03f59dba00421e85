// SPDX-License-Identifier: MIT
#include "firmware/console/vt_filter.h"
#include "base/text.h"

#include <string.h>

enum { ESCAPE = 0x1b, REPLACEMENT = 0xfffd };

/* Held so far, given away. */
static size_t release(struct vt_filter *f, char *out)
{
	const size_t n = f->n;

	memcpy(out, f->held, n);
	f->n = 0;
	return n;
}

static size_t drop(struct vt_filter *f)
{
	f->n = 0;
	return 0;
}

static size_t begin(struct vt_filter *f, uint8_t byte, char *out)
{
	f->held[f->n++] = byte;
	if (byte == ESCAPE || byte >= 0x80)
		return 0;
	if (text_is_control(byte) && byte != '\r' && byte != '\n' && byte != '\b' && byte != '\t')
		return drop(f);
	return release(f, out);
}

/* ESC [, numbers, and a letter that says what with them. */
static size_t sequence(struct vt_filter *f, uint8_t byte, char *out)
{
	size_t n_numbers;

	if (f->n == 1 && byte != '[') {
		drop(f);
		return begin(f, byte, out);
	}
	if (byte < 0x20 || byte > 0x7e || f->n == sizeof(f->held) - 1) {
		drop(f);
		return begin(f, byte, out);
	}
	f->held[f->n++] = byte;
	f->held[f->n] = '\0';
	if (f->n == 2 || byte < 0x40)
		return 0;
	n_numbers = strspn((char *)f->held + 2, "0123456789;");
	if (2 + n_numbers + 1 == f->n && strchr("ABCDEFGHJKdfm", byte))
		return release(f, out);
	if (!memcmp(f->held + 2, "?25", 3) && f->n == 6 && (byte == 'h' || byte == 'l'))
		return release(f, out); /* the cursor, seen or not */
	return drop(f);
}

/* The bytes of one character. */
static size_t character(struct vt_filter *f, uint8_t byte, char *out)
{
	uint32_t c;
	size_t used;

	f->held[f->n++] = byte;
	used = text_decode_utf8(f->held, f->n, &c);
	if (used == 0)
		return 0;
	if (used < f->n) { /* the byte belongs to something else */
		drop(f);
		return begin(f, byte, out);
	}
	return text_is_control(c) || c == REPLACEMENT ? drop(f) : release(f, out);
}

size_t vt_filter_byte(struct vt_filter *f, uint8_t byte, char out[static VT_FILTER_ROOM])
{
	if (f->n == 0)
		return begin(f, byte, out);
	return f->held[0] == ESCAPE ? sequence(f, byte, out) : character(f, byte, out);
}
