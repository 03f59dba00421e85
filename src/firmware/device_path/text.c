// SPDX-License-Identifier: MIT
/* Device paths as people write them (UEFI 2.10, 10.6). */
#include "base/bytes.h"
#include "base/text.h"
#include "firmware/device_path/kinds.h"

#include <stdarg.h>
#include <stdio.h>

/* Text that grows in a given place and notices when it did not fit. */
struct writer {
	char *at;
	size_t left;
	bool full;
};

static void say(struct writer *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void say(struct writer *w, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(w->at, w->left, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= w->left) {
		w->full = true; /* and nothing more: what is there stays a beginning */
		w->left = 0;
		return;
	}
	w->at += n;
	w->left -= (size_t)n;
}

/* Shorter than its kind asks for: the rest is 0. */
static uint64_t le(struct bytes node, unsigned at, unsigned n)
{
	uint64_t v = 0;
	uint8_t b;

	while (n-- > 0)
		v = v << 8 | (bytes_u8(node, at + n, &b) ? b : 0);
	return v;
}

static void say_hex(struct writer *w, struct bytes node, size_t from)
{
	for (size_t i = from; i < node.n && !w->full; i++)
		say(w, "%02x", node.p[i]);
}

static void say_guid(struct writer *w, struct bytes node, unsigned at)
{
	say(w, "%08x-%04x-%04x-%02x%02x-", (unsigned)le(node, at, 4), (unsigned)le(node, at + 4, 2),
	    (unsigned)le(node, at + 6, 2), (unsigned)le(node, at + 8, 1),
	    (unsigned)le(node, at + 9, 1));
	for (unsigned i = 10; i < 16; i++)
		say(w, "%02x", (unsigned)le(node, at + i, 1));
}

/* EISA ids: three letters of five bits, then four digits */
static void say_eisa(struct writer *w, uint32_t id)
{
	if ((id & 0xffff) == 0x41d0)
		say(w, "PNP%04X", id >> 16);
	else
		say(w, "0x%08x", id);
}

static void say_word(struct writer *w, unsigned i, const char *const words[static PATH_WORDS])
{
	if (i < PATH_WORDS && words[i])
		say(w, "%s", words[i]);
	else
		say(w, "0x%x", i);
}

static void say_signature(struct writer *w, struct bytes node, unsigned at)
{
	const unsigned kind = (unsigned)le(node, PATH_TABLE_KIND_AT + 1, 1);

	if (kind == 2) {
		say(w, "GPT,");
		say_guid(w, node, at);
	} else if (kind == 1) {
		say(w, "MBR,0x%08x", (unsigned)le(node, at, 4));
	} else {
		say(w, "%u,0", kind);
	}
}

static void say_mac(struct writer *w, struct bytes node, unsigned at)
{
	const unsigned n = le(node, PATH_MAC_TYPE_AT, 1) <= 1 ? 6 : PATH_MAC_BYTES;

	for (unsigned i = 0; i < n; i++)
		say(w, "%02x", (unsigned)le(node, at + i, 1));
}

static void say_field(struct writer *w, struct bytes node, const struct path_field *f)
{
	const uint64_t v = f->n <= 8 ? le(node, f->at, f->n) : 0;

	switch (f->kind) {
	case FIELD_HEX:
		say(w, "0x%jx", (uintmax_t)v);
		break;
	case FIELD_DECIMAL:
		say(w, "%ju", (uintmax_t)v);
		break;
	case FIELD_GUID:
		say_guid(w, node, f->at);
		break;
	case FIELD_EISA:
		say_eisa(w, (uint32_t)v);
		break;
	case FIELD_WORD:
		say_word(w, (unsigned)le(node, f->at, 1), path_words[f->n]);
		break;
	case FIELD_EUI:
		for (unsigned i = 8; i-- > 0;)
			say(w, i ? "%02X-" : "%02X", (unsigned)le(node, f->at + i, 1));
		break;
	case FIELD_MAC:
		say_mac(w, node, f->at);
		break;
	case FIELD_SIGNATURE:
		say_signature(w, node, f->at);
		break;
	case FIELD_DATA:
		say_hex(w, node, f->at);
		break;
	case FIELD_TEXT:
		say(w, "%.*s", (int)(node.n - f->at), (const char *)node.p + f->at);
		break;
	default:
		break;
	}
}

static void say_file_path(struct writer *w, struct bytes node)
{
	const size_t n = (node.n - PATH_NODE_HEAD) / 2;
	const uint8_t *name = node.p + PATH_NODE_HEAD;
	char utf8[4];
	size_t used, bytes;

	for (size_t i = 0; i < n && text_char(name, i) && !w->full; i += used) {
		bytes = text_to_utf8(name + 2 * i, n - i, utf8, &used);
		say(w, "%.*s", (int)bytes, utf8);
	}
}

static const struct path_kind *kind_of(struct bytes node)
{
	const struct path_kind *k = path_kinds;

	while ((k->type && k->type != node.p[0]) || (k->subtype && k->subtype != node.p[1]) ||
	       (k->hid && k->hid != le(node, PATH_NODE_HEAD, 4)))
		k++;
	return k;
}

static void say_node(struct writer *w, struct bytes node)
{
	const struct path_kind *k;

	if (node.p[0] == PATH_MEDIA && node.p[1] == PATH_MEDIA_FILE) {
		say_file_path(w, node);
		return;
	}
	k = kind_of(node);
	say(w, "%s(", k->name);
	for (unsigned i = 0; i < PATH_MAX_FIELDS && k->field[i].kind; i++) {
		if (k->field[i].kind == FIELD_DATA && node.n <= k->field[i].at)
			break;
		say(w, "%s", i ? "," : "");
		say_field(w, node, &k->field[i]);
	}
	say(w, ")");
}

/* The first node of what is there; p NULL: it is none. */
static struct bytes first_node(struct bytes path)
{
	const size_t n = path.n < PATH_NODE_HEAD ? 0 : (size_t)(path.p[2] | path.p[3] << 8);
	struct bytes node;

	if (n < PATH_NODE_HEAD || !bytes_sub(path, 0, n, &node))
		return (struct bytes){ NULL, 0 };
	return node;
}

bool path_print(struct bytes path, char *out, size_t room)
{
	struct writer w = { out, room, false };
	const char *separator = "";
	struct bytes node;

	if (room)
		out[0] = '\0';
	for (;; path.p += node.n, path.n -= node.n) {
		node = first_node(path);
		if (!node.p)
			return false;
		if (node.p[0] == PATH_END && node.p[1] == 0xff)
			return !w.full;
		if (node.p[0] == PATH_END) { /* of one instance; another follows */
			separator = ",";
			continue;
		}
		say(&w, "%s", separator);
		say_node(&w, node);
		separator = "/";
	}
}

bool path_print_node(struct bytes node, char *out, size_t room)
{
	struct writer w = { out, room, false };

	if (room)
		out[0] = '\0';
	say_node(&w, node);
	return !w.full;
}
