/* SPDX-License-Identifier: MIT */
#pragma once
/* PCRs: what a TPM would hold that was told all that a log tells. */
#include "tpm/log.h"

struct tpm_pcrs {
	struct tpm_banks banks;
	uint8_t value[TPM_MAX_BANKS][TPM_PCRS][TPM_MAX_DIGEST];
};

/*
 * Can firmware and kernels, in locality 0, extend it? A TPM answers TPM_RC_LOCALITY where they
 * cannot (PC Client Platform TPM Profile, 4.6).
 */
bool tpm_pcr_takes_extends(uint32_t pcr);
/* As a reset leaves them (PC Client Platform TPM Profile, 4.6). */
void tpm_pcrs_reset(struct tpm_pcrs *pcrs, const struct tpm_banks *banks);
/* False when that algorithm cannot be computed, which leaves that bank as it was. */
must_check bool tpm_pcr_extend(struct tpm_pcrs *pcrs, unsigned bank, uint32_t pcr,
			       const uint8_t *digest);
/*
 * What record does to them, which has a digest for each of their banks. A bank whose algorithm
 * cannot be computed is in *inout_lost, a bit each, from then on.
 */
void tpm_pcrs_apply(struct tpm_pcrs *pcrs, const struct tpm_record *record, unsigned *inout_lost);
