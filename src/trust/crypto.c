// SPDX-License-Identifier: MIT
#include "trust/crypto.h"
#include "crypto/digest.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/provider.h>
#include <openssl/x509.h>

static const char *const names[N_BANKS] = { "SHA1", "SHA256", "SHA384", "SHA512" };

int crypto_open(struct crypto *ret_crypto, struct why *why)
{
	struct crypto c = { 0 };
	bool ok = OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, NULL);

	c.library = ok ? OSSL_LIB_CTX_new() : NULL;
	c.provider = c.library ? OSSL_PROVIDER_load(c.library, "default") : NULL;
	for (unsigned i = 0; c.provider && i < N_BANKS; i++)
		c.digest[i] = EVP_MD_fetch(c.library, names[i], NULL);
	for (unsigned i = 0; i < N_BANKS; i++)
		if (!c.digest[i]) {
			crypto_close(&c);
			return why_set(why, -EIO, "libcrypto has no %s here", names[i]);
		}
	*ret_crypto = c;
	return 0;
}

void crypto_close(struct crypto *crypto)
{
	for (unsigned i = 0; i < N_BANKS; i++)
		EVP_MD_free(crypto->digest[i]);
	if (crypto->provider)
		OSSL_PROVIDER_unload(crypto->provider);
	OSSL_LIB_CTX_free(crypto->library);
	*crypto = (struct crypto){ 0 };
}

bool crypto_hash_image(const struct crypto *crypto, enum bank bank, const struct pe_image *image,
		       uint8_t ret_digest[static MOST_DIGEST_BYTES])
{
	return digest_image(crypto->digest[bank], image, ret_digest);
}

bool crypto_hash(const struct crypto *crypto, enum bank bank, struct bytes data,
		 uint8_t ret_digest[static MOST_DIGEST_BYTES])
{
	return EVP_Digest(data.p, data.n, ret_digest, NULL, crypto->digest[bank], NULL);
}

bool crypto_hash_tbs(const struct crypto *crypto, enum bank bank, X509 *certificate,
		     uint8_t ret_digest[static MOST_DIGEST_BYTES])
{
	uint8_t *der = NULL;
	const int n = i2d_re_X509_tbs(certificate, &der);
	const bool ok =
		n > 0 && crypto_hash(crypto, bank, (struct bytes){ der, (size_t)n }, ret_digest);

	OPENSSL_free(der);
	return ok;
}
