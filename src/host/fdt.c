// SPDX-License-Identifier: MIT
#include "host/fdt.h"
#include "fdt/fdt.h"
#include "host/file.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct walk {
	struct fdt tree;
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

/* All properties of the node at hand were seen: they come before its first child. */
static void leave_properties(struct walk *w)
{
	w->any |= w->lists && (w->off_counts || !w->is_off);
	w->lists = w->is_off = false;
}

/* No other kernel than the running one may take it for its own. */
static bool is_forgotten(const char *name)
{
	return fdt_is_of_one_boot(name) || !strcmp(name, "bootargs");
}

static void forget(struct walk *w, const struct fdt_token *t)
{
	const uint32_t nop = htobe32(FDT_NOP);

	for (uint64_t at = t->at; at < t->end; at += sizeof(nop))
		memcpy((uint8_t *)w->tree.structure.p + at, &nop, sizeof(nop));
}

static void look(struct walk *w, const struct fdt_token *t)
{
	if (!w->text) {
		if (w->in_chosen && !strcmp(t->name, w->name))
			w->found = t->value;
		return;
	}
	if (!strcmp(t->name, w->name))
		w->lists = bytes_list_has(t->value, w->text);
	if (!strcmp(t->name, "status"))
		w->is_off = !bytes_list_has(t->value, "okay") && !bytes_list_has(t->value, "ok");
}

/* One token; false when it has no place there. */
static bool step(struct walk *w, const struct fdt_token *t)
{
	switch (t->kind) {
	case FDT_BEGIN:
		leave_properties(w);
		w->in_chosen = ++w->depth == 2 && !strcmp(t->name, "chosen");
		return true;
	case FDT_END_NODE:
		leave_properties(w);
		w->in_chosen = false;
		return w->depth--;
	case FDT_PROPERTY:
		if (w->name)
			look(w, t);
		else if (w->in_chosen && is_forgotten(t->name))
			forget(w, t);
		return true;
	case FDT_END:
		return !w->depth;
	default:
		return true;
	}
}

static int walk(struct bytes tree, struct walk *w, struct why *why)
{
	struct fdt_token t = { 0 };

	if (!fdt_open(tree, &w->tree))
		return why_set(why, -EINVAL, "device tree: its header is damaged");
	while (t.kind != FDT_END) {
		const uint64_t at = t.end;

		if (!fdt_token(&w->tree, at, &t) || !step(w, &t))
			return why_set(why, -EINVAL,
				       "device tree: no token at %#jx of its structure",
				       (uintmax_t)at);
	}
	return 0;
}

int fdt_forget_boot(struct bytes tree, struct why *why)
{
	struct walk w = { 0 };

	return walk(tree, &w, why);
}

int fdt_chosen_number(struct bytes tree, const char *name, uint64_t *ret, struct why *why)
{
	struct walk w = { .name = name };
	int r = walk(tree, &w, why);

	if (r < 0)
		return r;
	if (!w.found.p)
		return why_set(why, -ENOENT, "device tree: no %s in /chosen", name);
	if (w.found.n != 4 && w.found.n != 8)
		return why_set(why, -EINVAL, "device tree: %s is %zu bytes long, not 4 or 8", name,
			       w.found.n);
	(void)fdt_cells(w.found, 0, (unsigned)w.found.n / 4, ret);
	return 0;
}

int fdt_has_node(struct bytes tree, const char *name, const char *text, bool off_counts,
		 struct why *why)
{
	struct walk w = { .name = name, .text = text, .off_counts = off_counts };
	int r = walk(tree, &w, why);

	return r < 0 ? r : w.any;
}

int fdt_reserved(struct bytes tree, unsigned i, uint64_t *ret_start, uint64_t *ret_n_bytes,
		 struct why *why)
{
	struct fdt t;
	int r;

	if (!fdt_open(tree, &t))
		return why_set(why, -EINVAL, "device tree: its header is damaged");
	r = fdt_reserved_entry(&t, i, ret_start, ret_n_bytes);
	return r < 0 ? why_set(why, -EINVAL,
			       "device tree: its list of reserved memory does not end before %#jx",
			       (uintmax_t)(t.reserved + (uint64_t)i * FDT_RESERVED_BYTES))
		     : r;
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
