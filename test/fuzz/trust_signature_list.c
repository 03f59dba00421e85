// SPDX-License-Identifier: MIT
/* Lists of any bytes: each entry lies in them, behind the one before, and there is an end. */
#include "fuzz/fuzz.h"
#include "trust/signature_list.h"

#include <string.h>

static void look(struct bytes lists)
{
	struct signature_walk walk = { 0 };
	struct signature_entry e;
	struct why why = { "" };
	const uint8_t *last = lists.p;
	unsigned sum = 0;
	int r;

	while ((r = signature_list_next(lists, &walk, &e, &why)) > 0) {
		fuzz_assert(e.data.p >= last && e.data.p + e.data.n <= lists.p + lists.n);
		fuzz_assert(e.kind == ENTRY_OTHER || e.kind == ENTRY_CERTIFICATE ||
			    e.data.n == bank_bytes(e.bank));
		last = e.data.p;
		for (size_t i = 0; i < e.data.n; i++)
			sum += e.data.p[i];
	}
	fuzz_assert(r == 0 || why.text[0]);
	__asm__ volatile("" : : "r"(sum));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	const struct bytes input = { data, n_bytes };
	uint8_t digest[MOST_DIGEST_BYTES];
	struct signature_entry e;
	size_t at = 0, last = 0;

	look(input);
	(void)signature_list_begins(input);
	while (kernel_keys_next(input, &at, digest, &e)) {
		fuzz_assert(at > last && at <= n_bytes && e.data.n == bank_bytes(e.bank));
		last = at;
	}
	return 0;
}

size_t fuzz_seed(unsigned i, uint8_t *data, size_t cap)
{
	static const uint8_t sha256[16] = { 0x26, 0x16, 0xc4, 0xc1, 0x4c, 0x50, 0x92, 0x40,
					    0xac, 0xa9, 0x41, 0xf9, 0x36, 0x93, 0x43, 0x28 };
	static const uint8_t x509[16] = { 0xa1, 0x59, 0xc0, 0xa5, 0xe4, 0x94, 0xa7, 0x4a,
					  0x87, 0xb5, 0xab, 0x15, 0x5c, 0x2b, 0xf0, 0x72 };
	static const char keys[] =
		"1fe2c0de I------     1 perm 080b0000     0     0 blacklist "
		"bin:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n"
		"1fe2c0df I------     1 perm 080b0000     0     0 blacklist "
		"tbs:00112233445566778899aabbccddeeff00112233\n";
	const size_t two = 28 + 2 * 48 + 28 + 16 + 40;

	if (i == 1 && cap >= sizeof(keys)) {
		memcpy(data, keys, sizeof(keys) - 1);
		return sizeof(keys) - 1;
	}
	if (i != 0 || cap < two)
		return 0;
	memset(data, 0x5a, two);
	memcpy(data, sha256, 16);
	memcpy(data + 16, "\x7c\0\0\0\0\0\0\0\x30\0\0", 12);
	memcpy(data + 124, x509, 16);
	memcpy(data + 140, "\x54\0\0\0\0\0\0\0\x38\0\0", 12);
	return two;
}
