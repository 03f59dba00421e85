/* SPDX-License-Identifier: MIT */
#pragma once
/* Finding one's way in a device tree that is whole. Pure. */
#include "base/util.h"
#include "fdt/fdt.h"

enum { FDT_PATH_ROOM = 256 }; /* what lies deeper has no path here */

/* Where a walk is: the names of the nodes it is in. */
struct fdt_place {
	char path[FDT_PATH_ROOM];
	size_t n;
	unsigned depth, lost; /* so many of the innermost have no room in path */
};

void fdt_place_enter(struct fdt_place *p, const char *name);
void fdt_place_leave(struct fdt_place *p);
bool fdt_place_is(const struct fdt_place *p, const char *path);

/*
 * A tree of one root, properties before children, all of them inside, no name with a '/', and a
 * list of reserved memory that ends: of it the others here take what they are given for granted.
 */
must_check bool fdt_open_whole(struct bytes b, struct fdt *ret_tree);

/* The node of that path, "" for the root; false when there is none. */
bool fdt_find_node(const struct fdt *t, const char *path, struct fdt_token *ret_begin);
bool fdt_find_property(const struct fdt *t, const struct fdt_token *node, const char *name,
		       struct bytes *ret_value);

/* Behind the node's end. */
uint64_t fdt_node_end(const struct fdt *t, const struct fdt_token *begin);

/*
 * The child at *inout_at, which is the node's end to begin with and behind the child then; false
 * behind the last one.
 */
bool fdt_next_child(const struct fdt *t, uint64_t *inout_at, struct fdt_token *ret_begin);
bool fdt_has_child(const struct fdt *t, const struct fdt_token *node, const char *name);

/* How many cells its children's addresses and sizes have. (2.3.5) */
void fdt_cells_of(const struct fdt *t, const struct fdt_token *node, uint32_t ret[static 2]);
