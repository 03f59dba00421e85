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

/* What comes of it, behind FIRMWARE_BOOT or another end; lives as long as fw. */
struct firmware_measured {
	struct bytes measured; /* for measured_next() */
	/*
	 * Behind FIRMWARE_BOOT, the place of a table LINUX_EFI_TPM_EVENT_LOG that is the next
	 * kernel's, with room behind it; 0: it was told of none.
	 */
	efi_addr_t table;
	uint64_t table_bytes;
};

extern const struct part part_tcg2;

/* All zeros without a TPM. */
void tcg2_measured(struct firmware *fw, struct firmware_measured *ret_measured);
