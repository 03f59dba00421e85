/* SPDX-License-Identifier: MIT */
#pragma once
/* The TPM as it is now, and the log that led to it: what an image goes on from. */
#include "base/why.h"
#include "tpm/pcrs.h"

/* All zeros: there is none. */
struct tpm_now {
	struct tpm_pcrs *pcrs; /* of the log's banks, then of what else is active */
	unsigned n_log_banks;
	uint32_t active;  /* a bit for each bank that the TPM has */
	struct bytes log; /* an agile one; where there is none to be had, one without records */
	/* the firmware's ACPI table TPM2 names a log, which Linux takes before EFI's */
	bool acpi_log;
	uint32_t unled; /* PCRs that the log does not lead to, a bit each; it says so itself, but of
			   IMA's alone */
	/* what is particular about the log, for people; "": nothing */
	struct why note;
};

/*
 * Of root, which is "" but in tests. -ENODEV: there is no TPM 2.0, and ret_now is all zeros. A log
 * that there is and that cannot be read on is an error: a record behind it would lead nowhere.
 */
must_check int tpm_now_read(const char *root, struct tpm_now *ret_now, struct why *why);
void tpm_now_free(struct tpm_now *now);
