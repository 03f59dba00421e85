// SPDX-License-Identifier: MIT
#include "crypto/pkcs7.h"

#include <errno.h>

/*
 * The content goes in beside the structure, which has it with a tag that the digest does not cover.
 * The filter changes nothing: of a memory BIO PKCS7_verify(3) makes another one, which OpenSSL 3.0
 * forgets to free when the digest is of a kind that it does not know.
 */
int pkcs7_is_by_signer(PKCS7 *pkcs7, struct bytes content)
{
	BIO *memory = BIO_new_mem_buf(content.p, (int)content.n);
	BIO *bio = BIO_push(BIO_new(BIO_f_null()), memory);
	int r = -ENOMEM;

	if (bio && memory)
		r = PKCS7_verify(pkcs7, NULL, NULL, bio, NULL, PKCS7_NOVERIFY | PKCS7_BINARY) == 1;
	BIO_free_all(bio ? bio : memory);
	return r;
}
