/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Distinguished encoding rules (X.690), as far as the digest in a signature needs them: one way to
 * write each value, and no other is read. Pure.
 */
#include "base/bytes.h"
#include "base/util.h"

enum {
	DER_OCTET_STRING = 0x04,
	DER_NULL = 0x05,
	DER_OBJECT = 0x06,
	DER_SEQUENCE = 0x30,
};

/*
 * Take the element with this tag off the front of *inout_rest; its content. False, with nothing
 * taken, when the next one has another tag, is longer than what is left, or has a length that is
 * indefinite or not written as short as it can be.
 */
must_check bool der_take(struct bytes *inout_rest, uint8_t tag, struct bytes *ret_content);
