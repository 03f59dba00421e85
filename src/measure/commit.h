/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * What is extended at the jump: kept from the staging of an image on. It holds for PCRs that are as
 * they were then; where something was measured since, the image has to run again.
 */
#include "measure/now.h"
#include "tpm/measured.h"

/* As bytes to keep, for the caller to free. */
must_check int commit_encode(const struct tpm_now *now, struct bytes measured, uint8_t **ret_bytes,
			     size_t *ret_n, struct why *why);

struct commit {
	struct tpm_pcrs before; /* of the banks of measured */
	uint32_t active;
	struct bytes measured; /* in what was decoded */
};

/* -EBADMSG: it is not what commit_encode() makes. */
must_check int commit_decode(struct bytes bytes, struct commit *ret_commit, struct why *why);

/*
 * Extend all of it, in that device, if its PCRs are those that the image went on from. 1: done; 0:
 * they are others, and none is extended; or a negative errno, behind which some may be, and the
 * image is not to boot.
 */
must_check int commit_apply(const char *device, const struct commit *commit, struct why *why);
