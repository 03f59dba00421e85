// SPDX-License-Identifier: MIT
/* 37.5 Random Number Generator protocol. */
#include "lib.h"

static const struct efi_guid unknown = { 0x12345678, 1, 2, { 3, 4, 5, 6, 7, 8, 9, 10 } };

efi_status_t payload(void)
{
	struct efi_guid list[16];
	uint8_t a[64], b[64], page[5000];
	uint64_t n = 0, i, n_zero = 0;
	struct rng *rng;

	require(bs->locate_protocol(&rng_guid, NULL, &rng));
	is(rng->get_info(rng, &n, NULL), EFI_BUFFER_TOO_SMALL);
	check(n > 0 && n % 16 == 0 && n <= sizeof(list));
	succeeds(rng->get_info(rng, &n, list));
	is(rng->get_info(rng, NULL, list), EFI_INVALID_PARAMETER);
	for (i = 0; i < n / 16; i++)
		succeeds(rng->get_rng(rng, &list[i], 32, a));
	memset(a, 0, sizeof(a));
	memset(b, 0, sizeof(b));
	succeeds(rng->get_rng(rng, NULL, sizeof(a) - 8, a));
	succeeds(rng->get_rng(rng, NULL, sizeof(b) - 8, b));
	check_text(memcmp(a, b, 56) != 0, "two draws differ");
	check_text(memcmp(a, a + 28, 28) != 0, "the two halves of a draw differ");
	check_text(memcmp(a + 56, "\0\0\0\0\0\0\0", 8) == 0, "not a byte more than asked for");
	succeeds(rng->get_rng(rng, NULL, 1, a));
	is(rng->get_rng(rng, NULL, 0, a), EFI_INVALID_PARAMETER);
	is(rng->get_rng(rng, NULL, 8, NULL), EFI_INVALID_PARAMETER);
	is(rng->get_rng(rng, &unknown, 8, a), EFI_UNSUPPORTED);
	memset(page, 0, sizeof(page));
	succeeds(rng->get_rng(rng, NULL, sizeof(page), page));
	for (i = 0; i < sizeof(page); i++)
		n_zero += page[i] == 0;
	check_text(n_zero < 100, "5,000 bytes, all of them filled");
	return tap_done();
}
