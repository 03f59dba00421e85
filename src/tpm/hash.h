/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Digests of any bank. What is fetched once serves processes that are forked then and may open no
 * file.
 */
#include "base/bytes.h"
#include "base/util.h"
#include "tpm/log.h"

/* To be called once, before the first digest: -ENOSYS where there is no SHA-256. */
must_check int tpm_hash_prepare(void);
/* Can digests of this algorithm be made? */
bool tpm_hash_has(uint16_t id);
/* Of all pieces, one behind the other; false when it cannot be made. */
must_check bool tpm_hash(uint16_t id, const struct bytes *piece, unsigned n,
			 uint8_t ret_digest[static TPM_MAX_DIGEST]);

/* Of something, for each bank. */
typedef uint8_t tpm_digests[TPM_MAX_BANKS][TPM_MAX_DIGEST];

/*
 * The same for all banks, in one go: what is read from memory once is hashed for each of them. When
 * stop() says so, which is asked now and then and may be NULL, it is false too.
 */
must_check bool tpm_hash_banks(const struct tpm_banks *banks, const struct bytes *piece, unsigned n,
			       bool (*stop)(void *context), void *context, tpm_digests ret_digests);
