/* SPDX-License-Identifier: MIT */
#pragma once
/* Packages of a HII package list, and the strings in them (UEFI 2.10, 33.3). Pure. */
#include "base/bytes.h"

#include <stdbool.h>
#include <stdint.h>

enum { PACKAGE_LIST_HEADER = 20, PACKAGE_STRINGS = 0x04, PACKAGE_END = 0xdf };

struct package {
	uint8_t type;
	struct bytes bytes; /* its header included */
};

/* The package at *inout_at of a list's bytes; moves behind it. False at the end, or of nonsense. */
bool package_next(struct bytes list, uint64_t *inout_at, struct package *ret_package);

/* The language of a string package: RFC 4646, ASCII; false when it has none that ends. */
bool string_package_language(struct bytes package, const char **ret_language);

/*
 * String number id: where its characters are, UTF-16 with *ret_wide, else one
 * byte each; a 0 ends them, it lies in the package. False when there is no such.
 */
bool string_package_find(struct bytes package, uint16_t id, struct bytes *ret_text, bool *ret_wide);
