/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * The list that systemd keeps of what the running system measures, in the JSON form of TCG's
 * Canonical Event Log (7.3), a record behind each RS (RFC 7464). Read strictly, by json-c. Pure.
 */
#include "tpm/log.h"

#define CEL_NO_PCR UINT32_MAX

struct cel_record {
	uint32_t pcr;	       /* CEL_NO_PCR: of something else, an NV index */
	struct tpm_banks bank; /* those that it has a digest for, and that are known here */
	uint8_t digest[TPM_MAX_BANKS][TPM_MAX_DIGEST];
	struct bytes kind, text; /* of systemd's content, or none; parts of json */
	struct json_object *json;
};

/*
 * The record at *inout_at, which goes on to the next one; begin with 0. 1 and a record for
 * cel_free(), 0 at the end, or -EBADMSG with the offset of what is none.
 */
must_check int cel_next(struct bytes all, size_t *inout_at, struct cel_record *ret_record,
			struct why *why);
void cel_free(struct cel_record *record);
