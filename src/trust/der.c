// SPDX-License-Identifier: MIT
#include "trust/der.h"

enum { LONG_FORM = 0x80, MOST_LENGTH_BYTES = 4 };

/* The length behind the tag, of *ret_n_bytes bytes itself. */
static bool read_length(struct bytes b, uint64_t *ret_length, uint64_t *ret_n_bytes)
{
	uint64_t length = 0;
	uint8_t first, next;
	unsigned n;

	if (!bytes_u8(b, 1, &first))
		return false;
	if (!(first & LONG_FORM)) {
		*ret_length = first;
		*ret_n_bytes = 1;
		return true;
	}
	n = first & ~LONG_FORM;
	if (n == 0 || n > MOST_LENGTH_BYTES)
		return false;
	for (unsigned i = 0; i < n; i++) {
		if (!bytes_u8(b, 2 + i, &next) || (i == 0 && next == 0))
			return false;
		length = length << 8 | next;
	}
	if (length < LONG_FORM)
		return false;
	*ret_length = length;
	*ret_n_bytes = 1 + n;
	return true;
}

bool der_take(struct bytes *inout_rest, uint8_t tag, struct bytes *ret_content)
{
	uint64_t length, n_length;
	struct bytes content, rest;
	uint8_t found;

	if (!bytes_u8(*inout_rest, 0, &found) || found != tag ||
	    !read_length(*inout_rest, &length, &n_length) ||
	    !bytes_sub(*inout_rest, 1 + n_length, length, &content) ||
	    !bytes_sub(*inout_rest, 1 + n_length + length, inout_rest->n - (1 + n_length + length),
		       &rest))
		return false;
	*inout_rest = rest;
	*ret_content = content;
	return true;
}
