/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * An event log taken apart, in a process that can do nothing but that: its bytes may be anybody's.
 * What is here of them was looked at again.
 */
#include "tpm/describe.h"
#include "tpm/pcrs.h"

enum { HISTORY_MOST_RECORDS = 1 << 16 };

struct history_record {
	struct tpm_record record; /* points into the log's bytes */
	char text[TPM_TEXT_BYTES];
};

struct history {
	struct tpm_log log;
	struct history_record *record;
	unsigned n;
	struct tpm_pcrs *replayed; /* what the log leads to */
	unsigned lost;		   /* a bit for each bank whose algorithm cannot be computed here */
};

/* log stays as long as the history, which history_free() ends. -EBADMSG: no log, and why. */
must_check int history_read(struct bytes log, struct history *ret_history, struct why *why);
/* All zeros are fine. */
void history_free(struct history *history);
