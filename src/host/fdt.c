// SPDX-License-Identifier: MIT
#include "host/fdt.h"
#include "host/file.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	TOTAL_BYTES = 4,
	STRUCTURE = 8,
	STRINGS = 12,
	RESERVED = 16,
	STRUCTURE_BYTES = 36,
	HEADER_BYTES = 40,

	BEGIN_NODE = 1,
	END_NODE = 2,
	PROPERTY = 3,
	NOP = 4,
	END = 9,
	TOKEN_BYTES = 4,
	PROPERTY_BYTES = 8, /* length and name, in front of the value */
	ENTRY_BYTES = 16,   /* of memory that is reserved: address and size */
};

/* Properties of /chosen that no other kernel than the running one may take for its own. */
static const char *const forgotten[] = {
	"bootargs",
	"kaslr-seed",
	"rng-seed",
	"linux,booted-from-kexec",
	"linux,elfcorehdr",
	"linux,ima-kexec-buffer",
	"linux,initrd-end",
	"linux,initrd-start",
	"linux,kho-fdt",
	"linux,kho-scratch",
	"linux,tpm-kexec-buffer",
	"linux,uefi-mmap-desc-size",
	"linux,uefi-mmap-desc-ver",
	"linux,uefi-mmap-size",
	"linux,uefi-mmap-start",
	"linux,uefi-secure-boot",
	"linux,uefi-system-table",
	"linux,usable-memory-range",
};

struct walk {
	struct bytes tree, structure, strings;
	uint64_t at; /* in structure */
	unsigned depth;
	bool in_chosen;
	/* look for this property of /chosen; without a name, forget what is to be forgotten */
	const char *name;
	struct bytes found;
	/* or, with a text, for a node whose property of that name lists it */
	const char *text;
	bool off_counts;	 /* also where its status is not "okay" */
	bool lists, is_off, any; /* the first two are of the node at hand */
};

static bool word(struct bytes b, uint64_t at, uint32_t *ret)
{
	uint32_t little;

	if (!bytes_le32(b, at, &little))
		return false;
	*ret = be32toh(htole32(little));
	return true;
}

static bool text_at(struct bytes b, uint64_t at, const char **ret)
{
	if (at >= b.n || !memchr(b.p + at, 0, b.n - at))
		return false;
	*ret = (const char *)b.p + at;
	return true;
}

static bool open_tree(struct walk *w)
{
	uint32_t magic, total, structure, n, strings;

	return bytes_le32(w->tree, 0, &magic) && magic == (uint32_t)htole32(0xedfe0dd0) &&
	       word(w->tree, TOTAL_BYTES, &total) && total >= HEADER_BYTES && total <= w->tree.n &&
	       word(w->tree, STRUCTURE, &structure) && word(w->tree, STRINGS, &strings) &&
	       word(w->tree, STRUCTURE_BYTES, &n) &&
	       bytes_sub((struct bytes){ w->tree.p, total }, structure, n, &w->structure) &&
	       strings <= total &&
	       bytes_sub((struct bytes){ w->tree.p, total }, strings, total - strings, &w->strings);
}

/* All properties of the node at hand were seen: they come before its first child. */
static void leave_properties(struct walk *w)
{
	w->any |= w->lists && (w->off_counts || !w->is_off);
	w->lists = w->is_off = false;
}

static bool begin_node(struct walk *w)
{
	const char *name;

	leave_properties(w);
	if (!text_at(w->structure, w->at, &name))
		return false;
	w->depth++;
	w->in_chosen = w->depth == 2 && !strcmp(name, "chosen");
	w->at = align_up(w->at + strlen(name) + 1, TOKEN_BYTES);
	return true;
}

static bool is_forgotten(const char *name)
{
	for (unsigned i = 0; i < ARRAY_SIZE(forgotten); i++)
		if (!strcmp(name, forgotten[i]))
			return true;
	return false;
}

/* at is behind the property's token, which goes with it. */
static void forget(struct walk *w, uint64_t end)
{
	const uint32_t nop = htobe32(NOP);

	for (uint64_t at = w->at - TOKEN_BYTES; at < end; at += sizeof(nop))
		memcpy((uint8_t *)w->structure.p + at, &nop, sizeof(nop));
}

static void look(struct walk *w, const char *name, struct bytes value)
{
	if (!w->text) {
		if (w->in_chosen && !strcmp(name, w->name))
			w->found = value;
		return;
	}
	if (!strcmp(name, w->name))
		w->lists = bytes_list_has(value, w->text);
	if (!strcmp(name, "status"))
		w->is_off = !bytes_list_has(value, "okay") && !bytes_list_has(value, "ok");
}

static bool property(struct walk *w)
{
	uint32_t n, name_at;
	const char *name;
	uint64_t end;

	if (!word(w->structure, w->at, &n) || !word(w->structure, w->at + 4, &name_at) ||
	    !text_at(w->strings, name_at, &name))
		return false;
	end = align_up(w->at + PROPERTY_BYTES + n, TOKEN_BYTES);
	if (end > w->structure.n)
		return false;
	if (w->name)
		look(w, name, (struct bytes){ w->structure.p + w->at + PROPERTY_BYTES, n });
	else if (w->in_chosen && is_forgotten(name))
		forget(w, end);
	w->at = end;
	return true;
}

/* One token: 1, 0 at the end, -1 when it is none. */
static int step(struct walk *w)
{
	uint32_t token;

	if (!word(w->structure, w->at, &token))
		return -1;
	w->at += TOKEN_BYTES;
	switch (token) {
	case BEGIN_NODE:
		return begin_node(w) ? 1 : -1;
	case END_NODE:
		leave_properties(w);
		w->in_chosen = false;
		return w->depth-- ? 1 : -1;
	case PROPERTY:
		return property(w) ? 1 : -1;
	case NOP:
		return 1;
	case END:
		return w->depth ? -1 : 0;
	default:
		return -1;
	}
}

static int walk(struct walk *w, struct why *why)
{
	int r;

	if (!open_tree(w))
		return why_set(why, -EINVAL, "device tree: its header is damaged");
	do
		r = step(w);
	while (r > 0);
	return r < 0 ? why_set(why, -EINVAL, "device tree: no token at %#jx of its structure",
			       (uintmax_t)w->at)
		     : 0;
}

int fdt_forget_boot(struct bytes tree, struct why *why)
{
	struct walk w = { .tree = tree };

	return walk(&w, why);
}

int fdt_chosen_number(struct bytes tree, const char *name, uint64_t *ret, struct why *why)
{
	struct walk w = { .tree = tree, .name = name };
	uint32_t high = 0, low;
	int r = walk(&w, why);

	if (r < 0)
		return r;
	if (!w.found.p)
		return why_set(why, -ENOENT, "device tree: no %s in /chosen", name);
	if (w.found.n != 4 && w.found.n != 8)
		return why_set(why, -EINVAL, "device tree: %s is %zu bytes long, not 4 or 8", name,
			       w.found.n);
	if (w.found.n == 8)
		(void)word(w.found, 0, &high);
	(void)word(w.found, w.found.n - 4, &low);
	*ret = (uint64_t)high << 32 | low;
	return 0;
}

int fdt_has_node(struct bytes tree, const char *name, const char *text, bool off_counts,
		 struct why *why)
{
	struct walk w = { .tree = tree, .name = name, .text = text, .off_counts = off_counts };
	int r = walk(&w, why);

	return r < 0 ? r : w.any;
}

static bool two_words(struct bytes b, uint64_t at, uint64_t *ret)
{
	uint32_t high, low;

	if (!word(b, at, &high) || !word(b, at + 4, &low))
		return false;
	*ret = (uint64_t)high << 32 | low;
	return true;
}

int fdt_reserved(struct bytes tree, unsigned i, uint64_t *ret_start, uint64_t *ret_n_bytes,
		 struct why *why)
{
	struct walk w = { .tree = tree };
	uint64_t at, start, n_bytes;
	uint32_t first;

	if (!open_tree(&w) || !word(tree, RESERVED, &first))
		return why_set(why, -EINVAL, "device tree: its header is damaged");
	at = first + (uint64_t)i * ENTRY_BYTES;
	if (!two_words(tree, at, &start) || !two_words(tree, at + 8, &n_bytes))
		return why_set(why, -EINVAL,
			       "device tree: its list of reserved memory does not end before %#jx",
			       (uintmax_t)at);
	*ret_start = start;
	*ret_n_bytes = n_bytes;
	return start || n_bytes;
}

int fdt_read(const char *root, struct bytes *ret_tree, struct why *why)
{
	struct host_file file = { NULL, 0 };
	struct bytes tree;
	int r = host_file_read(root, FDT_SOURCE, &file);

	if (r < 0)
		return why_errno(why, r, FDT_SOURCE);
	tree = (struct bytes){ (const uint8_t *)file.text, file.n_bytes };
	r = fdt_forget_boot(tree, why);
	if (r < 0) {
		host_file_free(&file);
		return r;
	}
	*ret_tree = tree;
	return 0;
}
