/* SPDX-License-Identifier: MIT */
#pragma once
/* The hash algorithms that digests of images come in; a TPM has a bank of PCRs for each. */
#include <stddef.h>
#include <stdint.h>

enum bank {
	BANK_SHA1, /* denies where a list says so, and never allows */
	BANK_SHA256,
	BANK_SHA384,
	BANK_SHA512,
	N_BANKS,
};

enum { MOST_DIGEST_BYTES = 64 };

static inline size_t bank_bytes(enum bank bank)
{
	static const uint8_t n_bytes[N_BANKS] = { 20, 32, 48, 64 };

	return n_bytes[bank];
}

static inline const char *bank_name(enum bank bank)
{
	static const char *const names[N_BANKS] = { "SHA-1", "SHA-256", "SHA-384", "SHA-512" };

	return names[bank];
}
