/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Nodes of device paths and their text (UEFI 2.10, 10.3 and 10.6.1), both ways: a name and
 * in parentheses the fields, each with its place in the node. Pure.
 */
#include "base/bytes.h"
#include "base/heap.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	PATH_HARDWARE = 1,
	PATH_ACPI = 2,
	PATH_MESSAGING = 3,
	PATH_MEDIA = 4,
	PATH_BBS = 5,
	PATH_END = 0x7f,
	PATH_MEDIA_FILE = 4,
	PATH_NODE_HEAD = 4,
	PATH_MAX_FIELDS = 4,
};

enum path_field_kind {
	FIELD_NONE,
	FIELD_HEX,
	FIELD_DECIMAL,
	FIELD_GUID,
	FIELD_EISA,	 /* "PNP0A03", or a number */
	FIELD_WORD,	 /* a byte: word of that number of the list n of path_words, or 0x.. */
	FIELD_EUI,	 /* 8 bytes, the last one first */
	FIELD_MAC,	 /* as many bytes as the type of network behind it has */
	FIELD_SIGNATURE, /* of a partition: "GPT" and a GUID, "MBR" and a number */
	FIELD_DATA,	 /* the rest of the node as hexadecimal digits, if there is one */
	FIELD_TEXT,	 /* the rest of the node as UTF-8 */
};

struct path_field {
	uint8_t kind; /* enum path_field_kind */
	uint8_t at, n;
};

struct path_kind {
	const char *name;
	uint8_t type, subtype; /* 0: any, and a field says which */
	uint8_t n_bytes;       /* without what FIELD_DATA and FIELD_TEXT add */
	uint32_t hid;	       /* not 0: stands at byte 4 */
	struct path_field field[PATH_MAX_FIELDS];
};

/* The first that fits a node is the one; the last fits all. File paths are not among them. */
extern const struct path_kind path_kinds[];
extern const unsigned path_n_kinds;

enum { PATH_WORDS = 6 };
extern const char *const path_words[][PATH_WORDS];

enum { PATH_MAC_BYTES = 32, PATH_MAC_TYPE_AT = 36, PATH_TABLE_KIND_AT = 40 };

/* A whole path, its end included, as text; false when it is none or does not fit. */
bool path_print(struct bytes path, char *out, size_t room);
/* One node, all of it there. */
bool path_print_node(struct bytes node, char *out, size_t room);

/*
 * The path of a text of n UTF-16 units, with its end, or only the one node that it is.
 * What has no known name is a file's name. Returns its bytes, for heap_bytes_free(), NULL
 * for a text that is none, or without memory.
 */
uint8_t *path_parse(struct heap *heap, const uint16_t *text, size_t n, bool one_node,
		    size_t *ret_n);
