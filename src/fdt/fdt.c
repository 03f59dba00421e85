// SPDX-License-Identifier: MIT
#include "fdt/fdt.h"
#include "base/util.h"

#include <endian.h>
#include <string.h>

enum {
	TOTAL_BYTES = 4,
	STRUCTURE = 8,
	STRINGS = 12,
	RESERVED = 16,
	LAST_LIKE = 24, /* the oldest version that reads as this one does */
	STRINGS_BYTES = 32,
	STRUCTURE_BYTES = 36,

	VERSION = 17,
	PROPERTY_BYTES = 8, /* length and name, in front of the value */
};

bool fdt_word(struct bytes b, uint64_t at, uint32_t *ret)
{
	uint32_t little;

	if (!bytes_le32(b, at, &little))
		return false;
	*ret = be32toh(htole32(little));
	return true;
}

bool fdt_cells(struct bytes b, uint64_t at, unsigned n, uint64_t *ret)
{
	uint64_t v = 0;
	uint32_t cell;

	for (unsigned i = 0; i < n; i++) {
		if (v >> 32 || !fdt_word(b, at + 4 * i, &cell))
			return false;
		v = v << 32 | cell;
	}
	*ret = v;
	return true;
}

bool fdt_total(struct bytes b, uint32_t *ret_n)
{
	uint32_t magic;

	return fdt_word(b, 0, &magic) && magic == FDT_MAGIC && fdt_word(b, TOTAL_BYTES, ret_n);
}

bool fdt_open(struct bytes b, struct fdt *ret_tree)
{
	uint32_t total, like, structure, n, strings, n_strings;
	struct fdt t;

	if (!fdt_total(b, &total) || total < FDT_HEADER_BYTES || !bytes_sub(b, 0, total, &t.tree) ||
	    !fdt_word(b, LAST_LIKE, &like) || like > VERSION ||
	    !fdt_word(b, STRUCTURE, &structure) || !fdt_word(b, STRUCTURE_BYTES, &n) ||
	    !bytes_sub(t.tree, structure, n, &t.structure) || !fdt_word(b, STRINGS, &strings) ||
	    !fdt_word(b, STRINGS_BYTES, &n_strings) ||
	    !bytes_sub(t.tree, strings, n_strings, &t.strings) ||
	    !fdt_word(b, RESERVED, &t.reserved))
		return false;
	*ret_tree = t;
	return true;
}

/* To look further for each name's end could take hours: an image may have a tree of megabytes. */
static bool text_at(struct bytes b, uint64_t at, const char **ret)
{
	if (at >= b.n || !memchr(b.p + at, 0, min_u64(b.n - at, FDT_NAME_MOST + 1)))
		return false;
	*ret = (const char *)b.p + at;
	return true;
}

static bool property(const struct fdt *t, struct fdt_token *token)
{
	const uint64_t at = token->end;
	uint32_t n, name;

	if (!fdt_word(t->structure, at, &n) || !fdt_word(t->structure, at + 4, &name) ||
	    !text_at(t->strings, name, &token->name) ||
	    !bytes_sub(t->structure, at + PROPERTY_BYTES, n, &token->value))
		return false;
	token->end = align_up(at + PROPERTY_BYTES + n, FDT_TOKEN_BYTES);
	return token->end <= t->structure.n;
}

bool fdt_token(const struct fdt *t, uint64_t at, struct fdt_token *ret_token)
{
	struct fdt_token token = { .at = at, .end = at + FDT_TOKEN_BYTES };
	uint32_t kind;

	if (!fdt_word(t->structure, at, &kind))
		return false;
	token.kind = (enum fdt_kind)kind;
	switch (kind) {
	case FDT_BEGIN:
		if (!text_at(t->structure, token.end, &token.name))
			return false;
		token.end = align_up(token.end + strlen(token.name) + 1, FDT_TOKEN_BYTES);
		break;
	case FDT_PROPERTY:
		if (!property(t, &token))
			return false;
		break;
	case FDT_END_NODE:
	case FDT_NOP:
	case FDT_END:
		break;
	default:
		return false;
	}
	*ret_token = token;
	return true;
}

int fdt_reserved_entry(const struct fdt *t, unsigned i, uint64_t *ret_start, uint64_t *ret_n_bytes)
{
	const uint64_t at = t->reserved + (uint64_t)i * FDT_RESERVED_BYTES;
	uint64_t start, n_bytes;

	if (!fdt_cells(t->tree, at, 2, &start) || !fdt_cells(t->tree, at + 8, 2, &n_bytes))
		return -1;
	*ret_start = start;
	*ret_n_bytes = n_bytes;
	return start || n_bytes;
}

bool fdt_is_of_one_boot(const char *name)
{
	static const char *const names[] = {
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

	for (unsigned i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}
