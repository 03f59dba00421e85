// SPDX-License-Identifier: MIT
/*
 * Text to device paths (UEFI 2.10, 10.6.2). More is asked of it than EDK2 asks, which reads
 * "Pci(x)" as Pci(0,0): a path to another device than was meant is worse than none.
 */
#include "base/text.h"
#include "base/bytes.h"
#include "firmware/device_path/kinds.h"
#include "base/heap.h"

#include <string.h>

/* A piece of the text. */
struct span {
	const uint16_t *p;
	size_t n;
};

/* The path so far; what text there is bounds what it can become. */
struct nodes {
	uint8_t *p;
	size_t n;
};

enum { MAX_NODE_BYTES = 0xffff, ROOM_PER_UNIT = 16, ROOM_MORE = 64 };

static int hex_digit(uint16_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
		return (c | 0x20) - 'a' + 10;
	return -1;
}

static bool starts(struct span s, const char *word)
{
	size_t i;

	for (i = 0; word[i]; i++)
		if (i == s.n || s.p[i] != (uint8_t)word[i])
			return false;
	return true;
}

static bool is(struct span s, const char *word)
{
	return s.n == strlen(word) && starts(s, word);
}

/* Up to the next separator outside of parentheses, which is left in *inout; s may be empty. */
static struct span cut(struct span *inout, const char *separators)
{
	struct span s = { inout->p, 0 };
	size_t depth = 0;

	for (; s.n < inout->n; s.n++) {
		const uint16_t c = s.p[s.n];

		if (!depth && c && c < 0x80 && strchr(separators, c))
			break;
		depth += c == '(';
		depth -= c == ')' && depth;
	}
	inout->p += s.n;
	inout->n -= s.n;
	return s;
}

/* The next of several arguments; false when there is none. */
static bool next_argument(struct span *inout, struct span *ret_argument)
{
	if (!inout->p)
		return false;
	*ret_argument = cut(inout, ",");
	if (inout->n)
		*inout = (struct span){ inout->p + 1, inout->n - 1 };
	else
		inout->p = NULL;
	return true;
}

/* Decimal, or hexadecimal behind 0x; of at most n_bytes. */
static bool number(struct span s, unsigned n_bytes, uint64_t *ret)
{
	const unsigned base = starts(s, "0x") || starts(s, "0X") ? 16 : 10;
	uint64_t v = 0;
	size_t i = base == 16 ? 2 : 0;

	if (i == s.n)
		return false;
	for (; i < s.n; i++) {
		const int digit = hex_digit(s.p[i]);

		if (digit < 0 || digit >= (int)base || __builtin_mul_overflow(v, base, &v) ||
		    __builtin_add_overflow(v, (unsigned)digit, &v))
			return false;
	}
	*ret = v;
	return n_bytes >= 8 || v >> 8 * n_bytes == 0;
}

static bool hex_bytes(struct span s, uint8_t *to)
{
	if (s.n % 2)
		return false;
	for (size_t i = 0; i < s.n; i += 2) {
		const int high = hex_digit(s.p[i]), low = hex_digit(s.p[i + 1]);

		if (high < 0 || low < 0)
			return false;
		*to++ = (uint8_t)(high << 4 | low);
	}
	return true;
}

/* The first three groups are numbers and lie there with the lowest byte first. */
static bool guid(struct span s, uint8_t to[static 16])
{
	static const uint8_t order[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };
	uint16_t digits[32];
	uint8_t bytes[16];
	size_t n = 0;

	if (s.n != 36)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		const bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash != (s.p[i] == '-'))
			return false;
		if (!dash)
			digits[n++] = s.p[i];
	}
	if (!hex_bytes((struct span){ digits, n }, bytes))
		return false;
	for (unsigned i = 0; i < 16; i++)
		to[i] = bytes[order[i]];
	return true;
}

static bool eisa(struct span s, uint8_t *to)
{
	uint8_t product[2];
	uint64_t v;

	if (starts(s, "PNP") && s.n == 7 && hex_bytes((struct span){ s.p + 3, s.n - 3 }, product)) {
		bytes_put_le(to, (uint32_t)product[0] << 24 | (uint32_t)product[1] << 16 | 0x41d0,
			     4);
		return true;
	}
	if (!number(s, 4, &v))
		return false;
	bytes_put_le(to, v, 4);
	return true;
}

/* One of the words, or the number that it stands for. */
static bool word(struct span s, const char *const words[static PATH_WORDS], uint8_t *to)
{
	uint64_t v;

	for (uint8_t i = 0; i < PATH_WORDS && words[i]; i++)
		if (is(s, words[i])) {
			*to = i;
			return true;
		}
	if (!number(s, 1, &v))
		return false;
	*to = (uint8_t)v;
	return true;
}

/* "08-07-...": eight bytes, the last one first. */
static bool eui(struct span s, uint8_t *to)
{
	if (s.n != 8 * 3 - 1)
		return false;
	for (unsigned i = 0; i < 8; i++)
		if ((i && s.p[3 * i - 1] != '-') ||
		    !hex_bytes((struct span){ s.p + 3 * i, 2 }, to + 7 - i))
			return false;
	return true;
}

/* The kind of table, and in the next argument what it calls the partition. */
static bool signature(struct span s, struct span *rest, uint8_t *node, unsigned at)
{
	uint64_t kind, v;
	struct span id;

	if (!next_argument(rest, &id))
		return false;
	if (is(s, "GPT")) {
		kind = 2;
		if (!guid(id, node + at))
			return false;
	} else if (is(s, "MBR")) {
		kind = 1;
		if (!number(id, 4, &v))
			return false;
		bytes_put_le(node + at, v, 4);
	} else if (!number(s, 1, &kind) || kind == 1 || kind == 2 || !number(id, 1, &v) || v) {
		return false;
	}
	node[PATH_TABLE_KIND_AT] = node[PATH_TABLE_KIND_AT + 1] = (uint8_t)kind;
	return true;
}

/* UTF-16 to UTF-8 behind the node's other bytes. */
static void put_text(struct span s, uint8_t *node, size_t *inout_n)
{
	char utf8[4];
	size_t used;

	for (size_t i = 0; i < s.n; i += used) {
		const size_t bytes = text_to_utf8(s.p + i, s.n - i, utf8, &used);

		memcpy(node + *inout_n, utf8, bytes);
		*inout_n += bytes;
	}
}

/* One argument into its field; *inout_n grows by what the node's end takes. */
static bool parse_field(const struct path_field *f, struct span s, struct span *rest, uint8_t *node,
			size_t *inout_n)
{
	uint8_t *to = node + f->at;
	uint64_t v;

	switch (f->kind) {
	case FIELD_HEX:
	case FIELD_DECIMAL:
		if (!number(s, f->n, &v))
			return false;
		bytes_put_le(to, v, f->n);
		return true;
	case FIELD_GUID:
		return guid(s, to);
	case FIELD_EISA:
		return eisa(s, to);
	case FIELD_WORD:
		return word(s, path_words[f->n], to);
	case FIELD_EUI:
		return eui(s, to);
	case FIELD_MAC:
		return s.n && s.n <= 2 * PATH_MAC_BYTES && hex_bytes(s, to);
	case FIELD_SIGNATURE:
		return signature(s, rest, node, f->at);
	case FIELD_DATA:
		*inout_n += s.n / 2;
		return hex_bytes(s, to);
	default:
		return false;
	}
}

/* Numbers at the end are 0 then, as the specification has it for most. */
static bool may_be_missing(const struct path_kind *k, unsigned i)
{
	const uint8_t kind = k->field[i].kind;

	return kind == FIELD_DATA || (i > 0 && k->n_bytes > PATH_NODE_HEAD &&
				      (kind == FIELD_HEX || kind == FIELD_DECIMAL));
}

/* What stands between the parentheses; more arguments than there are fields are none. */
static bool parse_fields(const struct path_kind *k, struct span arguments, uint8_t *node,
			 size_t *inout_n)
{
	struct span s;

	if (!arguments.n)
		arguments.p = NULL;
	for (unsigned i = 0; i < PATH_MAX_FIELDS && k->field[i].kind; i++) {
		if (k->field[i].kind == FIELD_TEXT) {
			put_text(arguments, node, inout_n);
			return true;
		}
		if (!next_argument(&arguments, &s))
			return may_be_missing(k, i);
		if (!parse_field(&k->field[i], s, &arguments, node, inout_n))
			return false;
	}
	return !arguments.p;
}

static bool finish(uint8_t *node, size_t n)
{
	/* an end, wherever it comes from, would cut the path in two */
	if (n > MAX_NODE_BYTES || !node[0] || (node[0] & PATH_END) == PATH_END)
		return false;
	bytes_put_le(node + 2, n, 2);
	return true;
}

static bool parse_file(struct span s, struct nodes *out)
{
	uint8_t *node = out->p + out->n;
	const size_t n = PATH_NODE_HEAD + 2 * (s.n + 1);

	node[0] = PATH_MEDIA;
	node[1] = PATH_MEDIA_FILE;
	for (size_t i = 0; i < s.n; i++)
		bytes_put_le(node + PATH_NODE_HEAD + 2 * i, s.p[i], 2);
	out->n += n;
	return finish(node, n);
}

/* "Name(...)" with a name that is known; else it is a file's. */
static bool parse_node(struct span s, struct nodes *out)
{
	struct span name = { s.p, 0 };
	uint8_t *node = out->p + out->n;
	size_t n;

	while (name.n < s.n && s.p[name.n] != '(')
		name.n++;
	if (name.n == s.n || s.p[s.n - 1] != ')')
		return parse_file(s, out);
	for (unsigned i = 0; i < path_n_kinds; i++) {
		const struct path_kind *k = &path_kinds[i];

		if (!is(name, k->name))
			continue;
		node[0] = k->type;
		node[1] = k->subtype;
		if (k->hid)
			bytes_put_le(node + PATH_NODE_HEAD, k->hid, 4);
		n = k->n_bytes;
		if (!parse_fields(k, (struct span){ s.p + name.n + 1, s.n - name.n - 2 }, node, &n))
			return false;
		out->n += n;
		return finish(node, n);
	}
	return parse_file(s, out);
}

static void put_end(struct nodes *out, uint8_t kind)
{
	const uint8_t end[PATH_NODE_HEAD] = { PATH_END, kind, PATH_NODE_HEAD, 0 };

	memcpy(out->p + out->n, end, sizeof(end));
	out->n += sizeof(end);
}

/* Nodes with '/' between them, instances with ','. */
static bool parse_nodes(struct span s, struct nodes *out)
{
	while (s.n) {
		struct span node = cut(&s, "/,");

		if (node.n && !parse_node(node, out))
			return false;
		if (!s.n)
			break;
		if (s.p[0] == ',')
			put_end(out, 1);
		s = (struct span){ s.p + 1, s.n - 1 };
	}
	put_end(out, 0xff);
	return true;
}

uint8_t *path_parse(struct heap *heap, const uint16_t *text, size_t n, bool one_node, size_t *ret_n)
{
	const struct span s = { text, n };
	struct nodes out = { heap_bytes(heap, n * ROOM_PER_UNIT + ROOM_MORE), 0 };

	if (!out.p)
		return NULL;
	if (!(one_node ? n > 0 && parse_node(s, &out) : parse_nodes(s, &out))) {
		heap_bytes_free(heap, out.p);
		return NULL;
	}
	*ret_n = out.n;
	return out.p;
}
