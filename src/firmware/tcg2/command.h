/* SPDX-License-Identifier: MIT */
#pragma once
/* Commands of a TPM (TPM 2.0 Library, Part 3) that PCRs of ours can answer. Pure. */
#include "tpm/pcrs.h"

/* What a TPM takes and answers, as most say it. */
enum { COMMAND_MOST_BYTES = 4096 };

/*
 * Answer TPM2_PCR_Read of the banks in active into out, at most room bytes; *ret_n: how many it
 * takes, also when there is too little room. False: it is another command.
 */
bool command_answer(struct bytes command, const struct tpm_pcrs *pcrs, uint32_t active,
		    uint8_t *out, size_t room, size_t *ret_n);
