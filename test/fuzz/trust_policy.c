// SPDX-License-Identifier: MIT
/* An image of any bytes, signed and with a db that trusts the signer: what is allowed is covered.
 */
#include "fuzz/fuzz.h"
#include "trust/policy.h"
#include "trust/verdict.h"
#include "unit/tiny_signature.h"

/* Where the certificate lies in the signature's PKCS #7. */
enum { CERTIFICATE_AT = 177, CERTIFICATE_BYTES = 507 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	const struct trust_list list[] = {
		{ "db", LIST_FILE, false, { tiny_signature + CERTIFICATE_AT, CERTIFICATE_BYTES } },
	};
	const struct trust_question q = {
		.file = { data, n_bytes },
		.list = list,
		.n_lists = 1,
		.sbat_level = { (const uint8_t *)"sbat,1\n", 7 },
	};
	struct verdict v;

	policy_judge(&q, &v);
	fuzz_assert(verdict_is_sound(&v, 1));
	if (v.allowed)
		fuzz_assert(n_bytes >= TINY_SIGNED_BYTES && v.n_signatures >= 1);
	return 0;
}

size_t fuzz_seed(unsigned i, uint8_t *data, size_t cap)
{
	if (i > 0 || cap < TINY_SIGNED_BYTES)
		return 0;
	tiny_sign(data);
	return TINY_SIGNED_BYTES;
}
