/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * The event log that firmware keeps beside a TPM (TCG PC Client Platform Firmware Profile, 10):
 * what was extended into which PCR, in order. Read strictly: a log holds to its last byte, or it is
 * none. Pure.
 */
#include "base/bytes.h"
#include "base/why.h"
#include "tpm/algorithm.h"

enum {
	TPM_PCRS = 24,
	TPM_MAX_BANKS = 8,
	TPM_LOG_MOST_BYTES = 16 << 20, /* hundreds of times what there is anywhere */
};

/* 10.4.1, event types; those that anything here asks for */
#define EV_NO_ACTION UINT32_C(3) /* says something and is not extended */
#define EV_SEPARATOR UINT32_C(4)
#define EV_EVENT_TAG UINT32_C(6)
#define EV_IPL UINT32_C(13)
#define EV_EFI_BOOT_SERVICES_APPLICATION UINT32_C(0x80000003)
#define EV_EFI_BOOT_SERVICES_DRIVER UINT32_C(0x80000004)
#define EV_EFI_RUNTIME_SERVICES_DRIVER UINT32_C(0x80000005)
#define EV_EFI_ACTION UINT32_C(0x80000007)

/* The PCRs of one algorithm. */
struct tpm_bank {
	uint16_t id; /* TPM_ALG_ID, known here or not */
	uint16_t n_bytes;
};

struct tpm_banks {
	struct tpm_bank bank[TPM_MAX_BANKS];
	unsigned n;
};

/* Number of the bank of that algorithm, or -1. */
int tpm_bank_find(const struct tpm_banks *banks, uint16_t id);

struct tpm_log {
	struct bytes bytes;
	bool agile; /* a digest for each bank in each record; else SHA-1 alone */
	struct tpm_banks banks;
	size_t begin; /* of the first record; before it, in an agile one, the header */
};

struct tpm_record {
	size_t offset;
	uint32_t pcr, type;
	const uint8_t *digest[TPM_MAX_BANKS]; /* in the order of the log's banks */
	struct bytes event;
};

/* The head of the log, which says how the rest is to be read. -EBADMSG: it is none. */
must_check int tpm_log_open(struct bytes bytes, struct tpm_log *ret_log, struct why *why);

/*
 * The record at *inout_at, which goes on to the next one; begin with log->begin. 1, 0 at the end,
 * or -EBADMSG, with the offset and the field.
 */
must_check int tpm_log_next(const struct tpm_log *log, size_t *inout_at,
			    struct tpm_record *ret_record, struct why *why);

/* One record of an agile log with these banks that takes up all of bytes. */
must_check int tpm_record_parse(struct bytes bytes, const struct tpm_banks *banks,
				struct tpm_record *ret_record, struct why *why);
