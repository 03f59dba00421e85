// SPDX-License-Identifier: MIT
#include "crypto/digest.h"
#include "pe/authenticode.h"

#include <stdlib.h>

bool digest_pieces(const EVP_MD *md, const struct bytes *piece, unsigned n, uint8_t *ret_digest)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool ok = context && EVP_DigestInit_ex2(context, md, NULL);

	for (unsigned i = 0; i < n && ok; i++)
		ok = EVP_DigestUpdate(context, piece[i].p, piece[i].n);
	ok = ok && EVP_DigestFinal_ex(context, ret_digest, NULL);
	EVP_MD_CTX_free(context);
	return ok;
}

bool digest_image(const EVP_MD *md, const struct pe_image *image, uint8_t *ret_digest)
{
	struct bytes *piece = calloc(image->n_sections + PE_SIGNED_PIECES, sizeof(*piece));
	const bool ok =
		piece && digest_pieces(md, piece, pe_signed_pieces(image, piece), ret_digest);

	free(piece);
	return ok;
}
