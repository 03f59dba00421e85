/* SPDX-License-Identifier: MIT */
#pragma once
/* The certificate table: what is behind an image that somebody signed. Pure; nothing is verified.
 */
#include "pe/image.h"

enum { PE_CERTIFICATE_PKCS7 = 2 };

struct pe_certificate {
	uint16_t revision, type;
	struct bytes data;
};

/*
 * The entry at *inout_at (0: the first), which moves to the next one. 1, 0 behind the
 * last, -EBADMSG when the table is not inside the file or an entry not inside the table.
 */
must_check int pe_certificate_next(const struct pe_image *image, uint32_t *inout_at,
				   struct pe_certificate *ret_certificate);
