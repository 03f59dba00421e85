/* SPDX-License-Identifier: MIT */
#pragma once
/* Digests by libcrypto of what lies in several pieces. */
#include "base/bytes.h"
#include "base/util.h"
#include "pe/image.h"

#include <openssl/evp.h>

/*
 * Of all pieces, one behind the other; ret_digest has room for EVP_MD_get_size(md) bytes. False
 * when there is no memory.
 */
must_check bool digest_pieces(const EVP_MD *md, const struct bytes *piece, unsigned n,
			      uint8_t *ret_digest);

/* The Authenticode digest of an image, likewise. */
must_check bool digest_image(const EVP_MD *md, const struct pe_image *image, uint8_t *ret_digest);
