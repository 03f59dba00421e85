/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * A flattened device tree, token by token: a name for each node, and properties, numbers of which
 * are big-endian. Pure. (Devicetree Specification 0.4, chapter 5)
 */
#include "base/bytes.h"

enum fdt_kind {
	FDT_BEGIN = 1,
	FDT_END_NODE = 2,
	FDT_PROPERTY = 3,
	FDT_NOP = 4,
	FDT_END = 9,
};

enum {
	FDT_TOKEN_BYTES = 4,
	FDT_HEADER_BYTES = 40,
	FDT_RESERVED_BYTES = 16,
	FDT_NAME_MOST = 255, /* of a node or property; the specification allows 31 */
};

struct fdt {
	struct bytes tree; /* as many as its header says */
	struct bytes structure, strings;
	uint32_t reserved; /* offset of the memory that no program may use */
};

struct fdt_token {
	enum fdt_kind kind;
	const char *name;   /* of a node or property */
	struct bytes value; /* of a property */
	uint64_t at, end;   /* in the structure */
};

#define FDT_MAGIC 0xd00dfeed

/* How many bytes the tree at b's start has, as it says itself; false when none begins there. */
bool fdt_total(struct bytes b, uint32_t *ret_n);

/* False when b is no tree of version 17, or of one that reads like it. */
bool fdt_open(struct bytes b, struct fdt *ret_tree);

/* The token at an offset in the structure; false when there is none. */
bool fdt_token(const struct fdt *t, uint64_t at, struct fdt_token *ret_token);

/*
 * Entry i of the memory that no program may use (5.3). 1, 0 behind the last one, or -1 when the
 * list does not end inside the tree.
 */
int fdt_reserved_entry(const struct fdt *t, unsigned i, uint64_t *ret_start, uint64_t *ret_n_bytes);

/* Has that property of /chosen a meaning for one boot only: initrd, seeds, tables, what kexec left?
 */
bool fdt_is_of_one_boot(const char *name);

/* Big-endian numbers of 32 bits; false outside of b. */
bool fdt_word(struct bytes b, uint64_t at, uint32_t *ret);

/* One of n of them, of at most 64 bits. False: not inside b, or more than that. */
bool fdt_cells(struct bytes b, uint64_t at, unsigned n, uint64_t *ret);
