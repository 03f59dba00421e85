/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * What of libcrypto is used: a library context of its own with the default provider and no other,
 * and no configuration file, so that nothing on the machine changes what a signature is worth. It
 * is made in the process that parses, and in no other.
 */
#include "base/why.h"
#include "pe/image.h"
#include "trust/bank.h"

#include <openssl/types.h>

struct crypto {
	OSSL_LIB_CTX *library;
	OSSL_PROVIDER *provider;
	EVP_MD *digest[N_BANKS];
};

must_check int crypto_open(struct crypto *ret_crypto, struct why *why);
void crypto_close(struct crypto *crypto);

/* The Authenticode digest of an image; false when there is no memory. */
must_check bool crypto_hash_image(const struct crypto *crypto, enum bank bank,
				  const struct pe_image *image,
				  uint8_t ret_digest[static MOST_DIGEST_BYTES]);
must_check bool crypto_hash(const struct crypto *crypto, enum bank bank, struct bytes data,
			    uint8_t ret_digest[static MOST_DIGEST_BYTES]);
/* The digest of what a certificate's signature covers. */
must_check bool crypto_hash_tbs(const struct crypto *crypto, enum bank bank, X509 *certificate,
				uint8_t ret_digest[static MOST_DIGEST_BYTES]);
