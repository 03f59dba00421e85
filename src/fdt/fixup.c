// SPDX-License-Identifier: MIT
#include "fdt/fixup.h"
#include "base/util.h"
#include "fdt/walk.h"

#include <endian.h>
#include <string.h>

enum {
	MAX_FIXES = 64,
	VERSION = 17,
	LAST_LIKE = 16,
	BOOT_PROCESSOR = 28, /* in the header */
};

#define CHOSEN "/chosen"
#define RESERVED "/reserved-memory"

/* Do numbers below that node, where both have it, mean the same in both? */
static bool same_cells(const struct fdt *a, const struct fdt *b, const char *path)
{
	struct fdt_token of_a, of_b;
	uint32_t in_a[2], in_b[2];

	if (!fdt_find_node(a, path, &of_a) || !fdt_find_node(b, path, &of_b))
		return true;
	fdt_cells_of(a, &of_a, in_a);
	fdt_cells_of(b, &of_b, in_b);
	return in_a[0] == in_b[0] && in_a[1] == in_b[1];
}

static bool is_memory(const char *name)
{
	return !strcmp(name, "memory") || !strncmp(name, "memory@", 7);
}

/* A property of the machine's, and the node that it is to be in. */
struct fix {
	char path[FDT_PATH_ROOM];
	struct fdt_token property;
	bool replaces, done;
};

struct output {
	struct fdt given, machine;
	struct fix fix[MAX_FIXES];
	unsigned n_fixes;
	bool with_nodes, with_memory;
	uint8_t *p;
	uint64_t n, room;
};

/* What refers to other nodes of the tree that it comes from, or is referred to. */
static bool is_reference(const char *name)
{
	return !strcmp(name, "phandle") || !strcmp(name, "linux,phandle") ||
	       !strcmp(name, "iommu-addresses");
}

static bool is_wanted(const struct fdt_place *p, const char *name, bool *ret_replaces)
{
	*ret_replaces = true;
	if (!strcmp(name, "local-mac-address") || !strcmp(name, "mac-address") ||
	    (fdt_place_is(p, "") && !strcmp(name, "serial-number")))
		return !p->lost;
	*ret_replaces = false;
	return fdt_place_is(p, CHOSEN) && !fdt_is_of_one_boot(name) && !is_reference(name);
}

static void find_fixes(struct output *o)
{
	struct fdt_place place = { 0 };
	struct fdt_token token;
	bool replaces;

	for (uint64_t at = 0; fdt_token(&o->machine, at, &token); at = token.end) {
		if (token.kind == FDT_BEGIN)
			fdt_place_enter(&place, token.name);
		else if (token.kind == FDT_END_NODE)
			fdt_place_leave(&place);
		else if (token.kind == FDT_PROPERTY && o->n_fixes < MAX_FIXES &&
			 is_wanted(&place, token.name, &replaces)) {
			struct fix *f = &o->fix[o->n_fixes++];

			memcpy(f->path, place.path, sizeof(f->path));
			f->property = token;
			f->replaces = replaces;
		}
	}
}

static void put(struct output *o, const void *p, uint64_t n)
{
	if (n && o->n + n <= o->room)
		memcpy(o->p + o->n, p, n);
	o->n += n;
}

static void put_word(struct output *o, uint32_t v)
{
	put(o, &(uint32_t){ htobe32(v) }, sizeof(v));
}

static void put_padding(struct output *o, unsigned align)
{
	static const uint8_t zeros[8];

	put(o, zeros, align_up(o->n, align) - o->n);
}

static void put_begin(struct output *o, const char *name)
{
	put_word(o, FDT_BEGIN);
	put(o, name, strlen(name) + 1);
	put_padding(o, FDT_TOKEN_BYTES);
}

/* Of the machine's strings, which are behind the other's, or of the other's. */
static void put_property(struct output *o, const struct fdt *of, const struct fdt_token *t)
{
	const uint64_t name = (uint64_t)((const uint8_t *)t->name - of->strings.p);

	put_word(o, FDT_PROPERTY);
	put_word(o, (uint32_t)t->value.n);
	put_word(o, (uint32_t)(name + (of == &o->machine ? o->given.strings.n : 0)));
	put(o, t->value.p, t->value.n);
	put_padding(o, FDT_TOKEN_BYTES);
}

static void put_node(struct output *o, const struct fdt_token *begin)
{
	const uint64_t end = fdt_node_end(&o->machine, begin);
	struct fdt_token token;

	for (uint64_t at = begin->at; at < end && fdt_token(&o->machine, at, &token);
	     at = token.end) {
		if (token.kind == FDT_BEGIN)
			put_begin(o, token.name);
		else if (token.kind == FDT_END_NODE)
			put_word(o, FDT_END_NODE);
		else if (token.kind == FDT_PROPERTY && !is_reference(token.name))
			put_property(o, &o->machine, &token);
	}
}

/* A property of the given tree, or what the machine says instead. */
static void put_given(struct output *o, const struct fdt_place *place, const struct fdt_token *t)
{
	if (fdt_place_is(place, CHOSEN) && fdt_is_of_one_boot(t->name))
		return;
	for (unsigned i = 0; i < o->n_fixes; i++) {
		struct fix *f = &o->fix[i];

		if (!fdt_place_is(place, f->path) || strcmp(f->property.name, t->name) != 0)
			continue;
		f->done = true;
		if (f->replaces) {
			put_property(o, &o->machine, &f->property);
			return;
		}
	}
	put_property(o, &o->given, t);
}

/* All properties of the node at hand are there: those that are missing. */
static void put_missing(struct output *o, const struct fdt_place *place)
{
	for (unsigned i = 0; i < o->n_fixes; i++) {
		if (!fdt_place_is(place, o->fix[i].path))
			continue;
		if (!o->fix[i].done)
			put_property(o, &o->machine, &o->fix[i].property);
		o->fix[i].done = true;
	}
}

/* Children of the root that the given tree lacks. */
static void put_missing_nodes(struct output *o)
{
	struct fdt_token root, node;

	if (!fdt_find_node(&o->given, CHOSEN, &node)) {
		struct fdt_place chosen = { .depth = 2, .path = CHOSEN };

		put_begin(o, "chosen");
		put_missing(o, &chosen);
		put_word(o, FDT_END_NODE);
	}
	if (o->with_nodes && !fdt_find_node(&o->given, RESERVED, &node) &&
	    fdt_find_node(&o->machine, RESERVED, &node))
		put_node(o, &node);
	if (!o->with_memory || !fdt_find_node(&o->machine, "", &root))
		return;
	for (uint64_t at = root.end; fdt_next_child(&o->machine, &at, &node);)
		if (is_memory(node.name))
			put_node(o, &node);
}

/* Reserved memory that the given tree has no word of. */
static void put_missing_reserved(struct output *o)
{
	struct fdt_token given, machine, child;

	if (!o->with_nodes || !fdt_find_node(&o->given, RESERVED, &given) ||
	    !fdt_find_node(&o->machine, RESERVED, &machine))
		return;
	for (uint64_t at = machine.end; fdt_next_child(&o->machine, &at, &child);)
		if (!fdt_has_child(&o->given, &given, child.name))
			put_node(o, &child);
}

static void put_structure(struct output *o)
{
	struct fdt_place place = { 0 };
	bool properties = false; /* of the node at hand may still come */
	struct fdt_token t = { 0 };

	for (uint64_t at = 0; t.kind != FDT_END && fdt_token(&o->given, at, &t); at = t.end) {
		if (properties && (t.kind == FDT_BEGIN || t.kind == FDT_END_NODE)) {
			put_missing(o, &place);
			properties = false;
		}
		switch (t.kind) {
		case FDT_BEGIN:
			if (place.depth == 1 && o->with_memory && is_memory(t.name)) {
				t.end = fdt_node_end(&o->given, &t);
				break;
			}
			fdt_place_enter(&place, t.name);
			put_begin(o, t.name);
			properties = true;
			break;
		case FDT_PROPERTY:
			put_given(o, &place, &t);
			break;
		case FDT_END_NODE:
			if (fdt_place_is(&place, ""))
				put_missing_nodes(o);
			if (fdt_place_is(&place, RESERVED))
				put_missing_reserved(o);
			put_word(o, FDT_END_NODE);
			fdt_place_leave(&place);
			break;
		default:
			break;
		}
	}
	put_word(o, FDT_END);
}

static bool has_memory(const struct fdt *t)
{
	struct fdt_token root, child;

	if (!fdt_find_node(t, "", &root))
		return false;
	for (uint64_t at = root.end; fdt_next_child(t, &at, &child);)
		if (is_memory(child.name))
			return true;
	return false;
}

static void put_reserved(struct output *o)
{
	uint64_t entry[2];
	unsigned i = 0;
	int r;

	do {
		entry[0] = entry[1] = 0;
		r = fdt_reserved_entry(&o->given, i++, &entry[0], &entry[1]);
		put(o, (uint64_t[]){ htobe64(entry[0]), htobe64(entry[1]) }, sizeof(entry));
	} while (r > 0);
}

uint64_t fdt_fixup(struct bytes given, struct bytes machine, uint8_t *out, uint64_t room)
{
	struct output o = { .p = out, .room = room };
	uint64_t structure, strings, n_strings, total;
	uint32_t processor = 0;

	if (!fdt_open_whole(given, &o.given) || !fdt_open_whole(machine, &o.machine))
		return 0;
	o.with_nodes =
		same_cells(&o.given, &o.machine, "") && same_cells(&o.given, &o.machine, RESERVED);
	o.with_memory = o.with_nodes && has_memory(&o.machine);
	find_fixes(&o);
	o.n = FDT_HEADER_BYTES;
	put_reserved(&o);
	structure = o.n;
	put_structure(&o);
	strings = o.n;
	put(&o, o.given.strings.p, o.given.strings.n);
	put(&o, o.machine.strings.p, o.machine.strings.n);
	n_strings = o.n - strings;
	total = align_up(o.n + FDT_FIXUP_SPARE, 8);
	if (total > INT32_MAX)
		return 0;
	if (total <= room)
		memset(out + o.n, 0, total - o.n);
	(void)fdt_word(given, BOOT_PROCESSOR, &processor);
	o.n = 0;
	put_word(&o, FDT_MAGIC);
	put_word(&o, (uint32_t)total);
	put_word(&o, (uint32_t)structure);
	put_word(&o, (uint32_t)strings);
	put_word(&o, FDT_HEADER_BYTES);
	put_word(&o, VERSION);
	put_word(&o, LAST_LIKE);
	put_word(&o, processor);
	put_word(&o, (uint32_t)n_strings);
	put_word(&o, (uint32_t)(strings - structure));
	return total;
}
