/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Digests of any bank. What is fetched once serves processes that are forked then and may open no
 * file.
 */
#include "base/bytes.h"
#include "base/util.h"
#include "tpm/algorithm.h"

/* To be called once, before the first digest: -ENOSYS where there is no SHA-256. */
must_check int tpm_hash_prepare(void);
/* Can digests of this algorithm be made? */
bool tpm_hash_has(uint16_t id);
/* Of all pieces, one behind the other; false when it cannot be made. */
must_check bool tpm_hash(uint16_t id, const struct bytes *piece, unsigned n,
			 uint8_t ret_digest[static TPM_MAX_DIGEST]);
