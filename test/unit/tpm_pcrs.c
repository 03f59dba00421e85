// SPDX-License-Identifier: MIT
/* PCRs from known sequences of extends; what a reset and a locality make of them. */
#include "unit/tiny_log.h"
#include "tpm/pcrs.h"
#include "tap.h"

static struct tpm_pcrs pcrs;

static bool is_hex(const uint8_t *p, size_t n, const char *hex)
{
	char text[2 * TPM_MAX_DIGEST + 1];

	for (size_t i = 0; i < n; i++)
		snprintf(text + 2 * i, 3, "%02x", p[i]);
	return !strcmp(text, hex);
}

/* SHA-256 of 32 zeros and SHA-256("hello"), as `tpm2_pcrevent` leaves it behind a reset. */
static void test_extend(void)
{
	const struct bytes hello = tiny_bytes("hello", 5);
	uint8_t digest[TPM_MAX_DIGEST];

	tpm_pcrs_reset(&pcrs, &tiny_banks_one);
	require(tpm_hash(0x000b, &hello, 1, digest));
	check(is_hex(digest, 32,
		     "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"));
	require(tpm_pcr_extend(&pcrs, 0, 11, digest));
	check(is_hex(pcrs.value[0][11], 32,
		     "9851312028952521510e8eaab5be94e7dc24b5fc292b2e9781173cf11ffa9878"));
	for (unsigned i = 0; i < TPM_PCRS; i++)
		if (i != 11)
			check(pcrs.value[0][i][0] == (i >= 17 && i <= 22 ? 0xff : 0));
}

static void test_locality(void)
{
	static const uint8_t four[17] = { 'S', 't', 'a', 'r', 't', 'u', 'p', 'L', 'o',
					  'c', 'a', 'l', 'i', 't', 'y', 0,   4 };
	const struct tpm_record r = { .type = EV_NO_ACTION, .event = { four, 17 } };
	const struct tpm_record other = { .type = EV_NO_ACTION, .event = { four, 16 } };
	unsigned lost = 0;

	tpm_pcrs_reset(&pcrs, &tiny_banks_four);
	tpm_pcrs_apply(&pcrs, &other, &lost);
	check(pcrs.value[3][0][63] == 0);
	tpm_pcrs_apply(&pcrs, &r, &lost);
	check(pcrs.value[0][0][19] == 4 && pcrs.value[3][0][63] == 4 && pcrs.value[3][0][0] == 0);
	check(lost == 0);
}

/* One that nobody here can compute stays as it was, and that is known. */
static void test_unknown(void)
{
	const struct tpm_banks banks = { { { 0x000b, 32 }, { 0x7777, 32 } }, 2 };
	static const uint8_t one[32] = { 1 };
	const struct tpm_record r = { .type = EV_IPL, .pcr = 3, .digest = { one, one } };
	unsigned lost = 0;

	tpm_pcrs_reset(&pcrs, &banks);
	tpm_pcrs_apply(&pcrs, &r, &lost);
	check(lost == 2 && pcrs.value[0][3][0] && !pcrs.value[1][3][0]);
}

int main(void)
{
	require(tpm_hash_prepare() == 0);
	test_extend();
	test_locality();
	test_unknown();
	return tap_done();
}
