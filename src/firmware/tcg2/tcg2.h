/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * EFI_TCG2_PROTOCOL: what an image measures is noted and extends PCRs of ours, which begin as a
 * TPM's are. Nothing reaches a device.
 */
#include "firmware/core/part.h"
#include "tpm/measured.h"
#include "tpm/pcrs.h"

/* A TPM as it is when the image starts. */
struct firmware_tpm {
	/* Banks that a record has a digest for: those of the log, then what else is active. */
	const struct tpm_pcrs *pcrs;
	unsigned n_log_banks;
	uint32_t active;  /* a bit for each bank that the TPM has */
	struct bytes log; /* an agile one with n_log_banks, that can be read to its end */
};

/*
 * Of a log that a kernel is to show: Linux copies it into one piece of kmalloc(9), which has at
 * most 4 MiB, what is its own among it (drivers/char/tpm/eventlog/efi.c, devm_kmemdup()).
 */
enum { FIRMWARE_LOG_MOST_BYTES = (4 << 20) - 4096 };

extern const struct part part_tcg2;

/*
 * What was measured, for measured_next(), behind FIRMWARE_BOOT or another end; none without a TPM.
 * It lives as long as fw.
 */
struct bytes tcg2_measured(struct firmware *fw);
