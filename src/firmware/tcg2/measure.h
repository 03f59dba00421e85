/* SPDX-License-Identifier: MIT */
#pragma once
/* Digests, PCRs and the list of what was measured. */
#include "firmware/tcg2/tcg2.h"

struct firmware;

struct tcg2 {
	struct tpm_pcrs pcrs;	    /* what the TPM would have */
	struct tpm_banks log_banks; /* the first of pcrs.banks */
	uint8_t *measured;	    /* MEASURED_MOST_BYTES of it */
	size_t n_measured;

	/* the next kernel's table, its log in it */
	efi_addr_t area;
	uint64_t area_bytes;
	uint64_t n_logged; /* bytes of the log that were not there to begin with */
	uint64_t log_room; /* what of them it takes */
	uint32_t unled;	   /* a bit for each PCR that was extended without a record */
	bool truncated;

	/* EFI_TCG2_FINAL_EVENTS_TABLE: all that comes behind the first GetEventLog */
	efi_addr_t final;
	uint64_t n_final, n_final_events;
	size_t final_from; /* in measured */
	bool asked, final_truncated;
};

/* The next kernel's log: LINUX_EFI_TPM_EVENT_LOG, so that nothing is to be moved behind its head.
 */
enum {
	TABLE_HEAD_BYTES = 9,
	TABLE_AT = 7, /* the log begins where a table of 64 bits may */
	LOG_AT = TABLE_AT + TABLE_HEAD_BYTES,
	LOG_ROOM = 64 << 10, /* for what the image measures */
	FINAL_HEAD_BYTES = 16,
	FINAL_BYTES = 16 << 10,
};

struct measurement {
	unsigned flags; /* MEASURED_* */
	uint32_t pcr, type;
	const struct bytes *piece; /* of what is hashed, one behind the other */
	unsigned n_pieces;
	struct bytes event;
};

/* EFI_VOLUME_FULL: it is extended, and not in the log. */
efi_status_t tcg2_measure(struct firmware *fw, struct tcg2 *t, const struct measurement *m);
/* Behind all else, in room of its own, where the log has gaps: it does not lead to those PCRs. */
void tcg2_mark_gaps(struct firmware *fw, struct tcg2 *t);
/* Bytes that this takes at most. */
uint64_t tcg2_mark_bytes(const struct tcg2 *t);
/* A text that is its own event. */
efi_status_t tcg2_measure_text(struct firmware *fw, struct tcg2 *t, uint32_t pcr, uint32_t type,
			       const char *text);
