/* SPDX-License-Identifier: MIT */
#pragma once
/* What `bardo log` shows, to people and to programs. */
#include "measure/differ.h"
#include "measure/history.h"
#include "measure/outcome.h"

/* An event log, and the TPM's PCRs to compare it with; NULL: there are none. */
struct log_shown {
	const char *path;
	const struct history *history;
	const struct tpm_pcrs *real;
};

void log_print(const struct log_shown *shown);
void log_print_json(const struct log_shown *shown);

/* What an image will measure, and what the TPM's PCRs will be behind it. */
void outcome_print(const char *image, const struct tpm_now *now, const struct outcome *outcome);
void outcome_print_json(const char *image, const struct tpm_now *now,
			const struct outcome *outcome);
/* What it will measure, as a component for systemd-pcrlock(8). */
void outcome_print_pcrlock(const struct outcome *outcome);

/* What one log has and the other has not: how many records, or a negative errno. */
must_check int log_print_diff(const struct log_shown *expected, const struct log_shown *shown,
			      struct why *why);
must_check int log_print_diff_json(const struct log_shown *expected, const struct log_shown *shown,
				   struct why *why);
