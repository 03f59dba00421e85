/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * What was measured and is to be extended, in order, as bytes that somebody who is not trusted may
 * have written: entries of flags, length, and a record with a digest for each bank. Pure.
 */
#include "tpm/log.h"

enum {
	MEASURED_LOGGED = 1,   /* goes into the log */
	MEASURED_EXTENDED = 2, /* goes into its PCR */
	MEASURED_UNLOGGED = 4, /* was to go into the log, which is full */
	MEASURED_MOST_BYTES = 1 << 20,
};

struct measured {
	unsigned flags;
	struct bytes bytes; /* of the record */
	struct tpm_record record;
};

/* Write one to to; returns its bytes, or 0 when it does not fit in room. */
size_t measured_write(const struct tpm_banks *banks, unsigned flags,
		      const struct tpm_record *record, uint8_t *to, size_t room);
/* As tpm_log_next(). What is extended has a PCR that takes it, and what is EV_NO_ACTION is not. */
must_check int measured_next(struct bytes all, const struct tpm_banks *banks, size_t *inout_at,
			     struct measured *ret, struct why *why);

/* How much of what is extended the log lacks, so that it does not lead to the PCRs. */
struct measured_gaps {
	unsigned n_full;   /* there was no room for a record, */
	unsigned n_silent; /* and none was wanted */
};
/* all is sound. */
struct measured_gaps measured_gaps_of(struct bytes all, const struct tpm_banks *banks);
