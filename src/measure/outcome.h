/* SPDX-License-Identifier: MIT */
#pragma once
/* What an image's measurements make of the TPM and its log. */
#include "measure/history.h"
#include "measure/now.h"
#include "tpm/measured.h"

struct outcome {
	struct tpm_pcrs *pcrs;	/* those of the banks that are not active stay as they were */
	struct bytes log;	/* what there was, then what was measured */
	struct history history; /* of it */
	unsigned n_before;	/* records that there were */
	struct measured_gaps gaps;
};

/* measured is all sound, for the banks of now. */
must_check int outcome_make(const struct tpm_now *now, struct bytes measured,
			    struct outcome *ret_outcome, struct why *why);
/* All zeros are fine. */
void outcome_free(struct outcome *outcome);
