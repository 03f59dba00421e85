// SPDX-License-Identifier: MIT
/* A list of any bytes, in each form: what is taken from it can be compared, and is freed. */
#include "fuzz/fuzz.h"
#include "trust/entries.h"
#include "unit/tiny_signature.h"

#include <openssl/err.h>
#include <stdio.h>

enum { CERTIFICATE_AT = 177, CERTIFICATE_BYTES = 507 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	static const uint8_t digest[MOST_DIGEST_BYTES];
	static struct crypto crypto;
	struct entries entries;
	struct why why = { "" };

	if (!crypto.library)
		fuzz_assert(crypto_open(&crypto, NULL) == 0);
	for (enum list_form form = LIST_VARIABLE; form <= LIST_KEYS; form++) {
		const struct trust_list list = { "list", form, true, { data, n_bytes } };

		if (entries_read(&crypto, &list, 1, &entries, &why) < 0) {
			fuzz_assert(why.text[0]);
			continue;
		}
		for (unsigned i = 0; i < entries.n; i++)
			fuzz_assert(!entries.entry[i].certificate ==
				    (entries.entry[i].at.kind != ENTRY_CERTIFICATE));
		(void)entries_find(&entries, true, ENTRY_IMAGE, BANK_SHA512, digest);
		entries_free(&entries);
	}
	ERR_clear_error();
	return 0;
}

/* DER, PEM, and a signature list behind the attributes of a variable. */
size_t fuzz_seed(unsigned i, uint8_t *data, size_t cap)
{
	static const uint8_t head[] = { 7,    0,    0,	  0,	0xa1, 0x59, 0xc0, 0xa5,
					0xe4, 0x94, 0xa7, 0x4a, 0x87, 0xb5, 0xab, 0x15,
					0x5c, 0x2b, 0xf0, 0x72, 0x27, 0x02, 0,	  0,
					0,    0,    0,	  0,	0x0b, 0x02, 0,	  0 };
	static const uint8_t owner[16] = "owner owner own";
	const uint8_t *certificate = tiny_signature + CERTIFICATE_AT;
	size_t n = 0;

	if (cap < 2048)
		return 0;
	switch (i) {
	case 0:
		break;
	case 1:
		return (size_t)sprintf((char *)data, "-----BEGIN CERTIFICATE-----\nMIIB\nAAAA\n"
						     "-----END CERTIFICATE-----\n");
	case 2:
		memcpy(data, head, sizeof(head));
		memcpy(data + sizeof(head), owner, sizeof(owner));
		n = sizeof(head) + sizeof(owner);
		break;
	default:
		return 0;
	}
	memcpy(data + n, certificate, CERTIFICATE_BYTES);
	return n + CERTIFICATE_BYTES;
}
