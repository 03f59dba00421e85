// SPDX-License-Identifier: MIT
#include "trust/sbat.h"

#include <errno.h>
#include <string.h>

enum {
	SECTION_FIELDS = 6,
	LEVEL_FIELDS = 2,
	MOST_GENERATION = 65535,
	MOST_BYTES = 64 << 10, /* of either text: each row is held against each */
};

static bool next_line(struct bytes text, size_t *inout_at, struct bytes *ret_line)
{
	struct bytes line;
	size_t n = 0;

	while (*inout_at < text.n && strchr("\r\n", text.p[*inout_at]) && text.p[*inout_at])
		++*inout_at;
	if (!bytes_sub(text, *inout_at, text.n - *inout_at, &line) || line.n == 0)
		return false;
	while (n < line.n && line.p[n] != '\n' && line.p[n] != '\r')
		n++;
	line.n = n;
	*inout_at += n;
	*ret_line = line;
	return true;
}

/* Up to the next comma, or the end of the line; false when there was nothing left. */
static bool next_field(struct bytes line, size_t *inout_at, struct bytes *ret_field)
{
	const uint8_t *comma;
	struct bytes field;

	if (*inout_at > line.n || !bytes_sub(line, *inout_at, line.n - *inout_at, &field))
		return false;
	comma = field.n ? memchr(field.p, ',', field.n) : NULL;
	field.n = comma ? (size_t)(comma - field.p) : field.n;
	*inout_at += field.n + 1;
	*ret_field = field;
	return true;
}

static bool read_generation(struct bytes field, unsigned *ret)
{
	unsigned v = 0;

	for (size_t i = 0; i < field.n; i++) {
		if (field.p[i] < '0' || field.p[i] > '9' || v > MOST_GENERATION)
			return false;
		v = v * 10 + (unsigned)(field.p[i] - '0');
	}
	*ret = v;
	return v > 0 && v <= MOST_GENERATION;
}

/* Sections are padded with zeros; text behind one is what some would read and others not. */
static bool cut_padding(struct bytes *text)
{
	size_t n = text->n ? strnlen((const char *)text->p, text->n) : 0;

	for (size_t i = n; i < text->n; i++)
		if (text->p[i])
			return false;
	text->n = n;
	return true;
}

int sbat_next(struct bytes text, bool is_level, size_t *inout_at, struct sbat_row *ret_row,
	      struct why *why)
{
	static const char bom[] = "\xef\xbb\xbf";
	const char *what = is_level ? "the SBAT level" : ".sbat";
	struct bytes line, field = { 0 };
	struct sbat_row row = { 0 };
	size_t at = 0;
	unsigned n = 0;

	if (!cut_padding(&text))
		return why_set(why, -EBADMSG, "%s: there is text behind its end", what);
	if (*inout_at == 0 && text.n >= 3 && !memcmp(text.p, bom, 3))
		*inout_at = 3;
	if (!next_line(text, inout_at, &line))
		return 0;
	for (; next_field(line, &at, &field); n++) {
		if (n == 0)
			row.component = field;
		if (n == 1 && !read_generation(field, &row.generation))
			return why_set(why, -EBADMSG, "%s: a generation is no number from 1 to %d",
				       what, MOST_GENERATION);
	}
	if (n < (is_level ? LEVEL_FIELDS : SECTION_FIELDS) || row.component.n == 0)
		return why_set(why, -EBADMSG, "%s: a line has %u fields, or no name", what, n);
	*ret_row = row;
	return 1;
}

static int check_row(const struct sbat_row *row, struct bytes level, struct why *why)
{
	struct sbat_row least;
	size_t at = 0;
	int r;

	while ((r = sbat_next(level, true, &at, &least, why)) > 0)
		if (least.component.n == row->component.n &&
		    !memcmp(least.component.p, row->component.p, row->component.n) &&
		    row->generation < least.generation)
			return why_set(why, -EKEYREVOKED,
				       "SBAT: %.*s has generation %u, this machine asks for %u",
				       (int)min_u64(row->component.n, SBAT_NAME_BYTES),
				       (const char *)row->component.p, row->generation,
				       least.generation);
	return r;
}

int sbat_check(struct bytes section, struct bytes level, struct why *why)
{
	struct sbat_row row;
	unsigned n = 0;
	size_t at = 0;
	int r;

	if (section.n > MOST_BYTES || level.n > MOST_BYTES)
		return why_set(why, -EBADMSG, "SBAT: more than %d KiB of text", MOST_BYTES >> 10);
	for (; (r = sbat_next(section, false, &at, &row, why)) > 0; n++) {
		r = check_row(&row, level, why);
		if (r < 0)
			return r;
	}
	if (r == 0 && n == 0)
		r = why_set(why, -EBADMSG, ".sbat: it is empty");
	return r;
}
