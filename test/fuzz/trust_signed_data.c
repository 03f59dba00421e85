// SPDX-License-Identifier: MIT
/* A PKCS #7 of any bytes: what is found lies in it, and its certificates can be asked. */
#include "fuzz/fuzz.h"
#include "trust/signed_data.h"
#include "unit/tiny_signature.h"

#include <openssl/err.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	static struct crypto crypto;
	uint8_t digest[MOST_DIGEST_BYTES];
	char name[NAME_BYTES];
	struct signed_data s;
	const char *problem;
	X509 *certificate;

	if (!crypto.library)
		fuzz_assert(crypto_open(&crypto, NULL) == 0);
	if (signed_data_read(&crypto, (struct bytes){ data, n_bytes }, &s, &problem) == 0) {
		fuzz_assert(!problem && s.signer);
		fuzz_assert(s.file.digest.n == bank_bytes(s.file.bank));
		fuzz_assert(s.file.digest.p >= s.covered.p &&
			    s.file.digest.p + s.file.digest.n == s.covered.p + s.covered.n);
		(void)signed_data_is_by_signer(&s);
		for (int i = 0; (certificate = signed_data_certificate(&s, i)); i++) {
			certificate_subject(certificate, name);
			certificate_issuer(certificate, name);
			(void)certificate_is_for_modules(certificate);
			(void)signed_data_leads_to(&crypto, &s, certificate);
			fuzz_assert(crypto_hash_tbs(&crypto, BANK_SHA256, certificate, digest));
		}
	} else {
		fuzz_assert(problem);
	}
	signed_data_free(&s);
	ERR_clear_error();
	return 0;
}

size_t fuzz_seed(unsigned i, uint8_t *data, size_t cap)
{
	if (i > 0 || cap < sizeof(tiny_signature))
		return 0;
	memcpy(data, tiny_signature + 8, sizeof(tiny_signature) - 8);
	return sizeof(tiny_signature) - 8;
}
