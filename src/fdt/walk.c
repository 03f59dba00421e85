// SPDX-License-Identifier: MIT
#include "fdt/walk.h"

#include <string.h>

void fdt_place_enter(struct fdt_place *p, const char *name)
{
	const size_t n = strlen(name);

	if (p->depth++ == 0)
		return; /* the root has no name */
	if (p->lost || p->n + n + 2 > FDT_PATH_ROOM) {
		p->lost++;
		return;
	}
	p->path[p->n] = '/';
	memcpy(p->path + p->n + 1, name, n + 1);
	p->n += n + 1;
}

void fdt_place_leave(struct fdt_place *p)
{
	p->depth--;
	if (p->lost) {
		p->lost--;
		return;
	}
	while (p->n && p->path[--p->n] != '/')
		;
	p->path[p->n] = 0;
}

bool fdt_place_is(const struct fdt_place *p, const char *path)
{
	return p->depth && !p->lost && !strcmp(p->path, path);
}

static bool is_whole(const struct fdt *t)
{
	unsigned depth = 0, n_roots = 0;
	struct fdt_token token;
	bool children = false;

	for (uint64_t at = 0; fdt_token(t, at, &token); at = token.end) {
		switch (token.kind) {
		case FDT_BEGIN:
			n_roots += depth == 0;
			if (depth++ && strchr(token.name, '/'))
				return false; /* it would end in a place of another name */
			children = false;
			break;
		case FDT_END_NODE:
			if (!depth--)
				return false;
			children = true;
			break;
		case FDT_PROPERTY:
			if (!depth || children)
				return false;
			break;
		case FDT_END:
			return !depth && n_roots == 1;
		default:
			break;
		}
	}
	return false;
}

bool fdt_open_whole(struct bytes b, struct fdt *ret_tree)
{
	uint64_t start, n;
	unsigned i = 0;
	int r;

	if (!fdt_open(b, ret_tree) || !is_whole(ret_tree))
		return false;
	do
		r = fdt_reserved_entry(ret_tree, i++, &start, &n);
	while (r > 0);
	return r == 0;
}

bool fdt_find_node(const struct fdt *t, const char *path, struct fdt_token *ret_begin)
{
	struct fdt_place place = { 0 };
	struct fdt_token token;

	for (uint64_t at = 0; fdt_token(t, at, &token); at = token.end) {
		if (token.kind == FDT_END_NODE)
			fdt_place_leave(&place);
		if (token.kind != FDT_BEGIN)
			continue;
		fdt_place_enter(&place, token.name);
		if (fdt_place_is(&place, path)) {
			*ret_begin = token;
			return true;
		}
	}
	return false;
}

bool fdt_find_property(const struct fdt *t, const struct fdt_token *node, const char *name,
		       struct bytes *ret_value)
{
	struct fdt_token token;

	for (uint64_t at = node->end; fdt_token(t, at, &token); at = token.end) {
		if (token.kind == FDT_PROPERTY && !strcmp(token.name, name)) {
			*ret_value = token.value;
			return true;
		}
		if (token.kind != FDT_PROPERTY && token.kind != FDT_NOP)
			break;
	}
	return false;
}

uint64_t fdt_node_end(const struct fdt *t, const struct fdt_token *begin)
{
	struct fdt_token token = *begin;
	unsigned depth = 1;

	while (depth && fdt_token(t, token.end, &token))
		depth += (token.kind == FDT_BEGIN) - (token.kind == FDT_END_NODE);
	return token.end;
}

bool fdt_next_child(const struct fdt *t, uint64_t *inout_at, struct fdt_token *ret_begin)
{
	struct fdt_token token;

	for (uint64_t at = *inout_at; fdt_token(t, at, &token); at = token.end) {
		if (token.kind == FDT_END_NODE)
			break;
		if (token.kind != FDT_BEGIN)
			continue;
		*ret_begin = token;
		*inout_at = fdt_node_end(t, &token);
		return true;
	}
	return false;
}

bool fdt_has_child(const struct fdt *t, const struct fdt_token *node, const char *name)
{
	struct fdt_token child;

	for (uint64_t at = node->end; fdt_next_child(t, &at, &child);)
		if (!strcmp(child.name, name))
			return true;
	return false;
}

void fdt_cells_of(const struct fdt *t, const struct fdt_token *node, uint32_t ret[static 2])
{
	struct bytes b;

	if (!fdt_find_property(t, node, "#address-cells", &b) || !fdt_word(b, 0, &ret[0]))
		ret[0] = 2;
	if (!fdt_find_property(t, node, "#size-cells", &b) || !fdt_word(b, 0, &ret[1]))
		ret[1] = 1;
}
