/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * SBAT: an image names its components, each with a generation; the level of a machine names the
 * least generation of each that it boots (shim, SBAT.md). Pure.
 */
#include "base/bytes.h"
#include "base/why.h"

enum { SBAT_NAME_BYTES = 64 };

struct sbat_row {
	struct bytes component;
	unsigned generation;
};

/*
 * The next row of an image's .sbat section (is_level false) or of a level: 1, 0 behind the last,
 * -EBADMSG and a reason for text that is not such rows. An image's row has six fields at least, a
 * level's two; a generation is a number from 1 to 65535.
 */
must_check int sbat_next(struct bytes text, bool is_level, size_t *inout_at,
			 struct sbat_row *ret_row, struct why *why);

/*
 * 0: each component of section has the generation that level asks for. -EKEYREVOKED: one has not.
 * -EBADMSG: one of the two is not readable, which is no reason to boot either.
 */
must_check int sbat_check(struct bytes section, struct bytes level, struct why *why);
