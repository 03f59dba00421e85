/* SPDX-License-Identifier: MIT */
#pragma once
/* Records as an agile log has them, put behind each other. Pure. */
#include "tpm/log.h"

/* Bytes that one takes. */
uint64_t tpm_record_bytes(const struct tpm_banks *banks, uint64_t event_bytes);
uint64_t tpm_header_bytes(const struct tpm_banks *banks);

/* Each writes at to what fits in room, and returns the bytes, or 0 when it does not fit. */
size_t tpm_header_write(const struct tpm_banks *banks, uint8_t *to, size_t room);
/* TCG_PCClientTaggedEvent, the event of EV_EVENT_TAG: what it is about, as a number and as text. */
size_t tpm_tagged_write(uint32_t tag, struct bytes text, uint8_t *to, size_t room);
/*
 * The event of an EV_NO_ACTION by which a log says itself that it does not lead to these PCRs, a
 * bit each: "bardo: does not lead to PCR 4 9". Returns the bytes, without a NUL.
 */
enum { TPM_UNLED_BYTES = sizeof("bardo: does not lead to PCR") + 3 * TPM_PCRS };
size_t tpm_unled_write(uint32_t pcrs, uint8_t to[static TPM_UNLED_BYTES]);
/* What is no pointer among its digests is zeros; offset counts for nothing. */
size_t tpm_record_write(const struct tpm_banks *banks, const struct tpm_record *record, uint8_t *to,
			size_t room);
