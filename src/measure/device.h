/* SPDX-License-Identifier: MIT */
#pragma once
/* The TPM itself, to read and extend its PCRs with as few commands as it takes. */
#include "base/bytes.h"
#include "base/why.h"
#include "tpm/pcrs.h"

struct device;

/* The resource manager's: others of the running system may use the TPM meanwhile. */
#define TPM_DEVICE "/dev/tpmrm0"

must_check int device_open(const char *path, struct device **ret_device, struct why *why);
void device_close(struct device *device);
/* All PCRs of all banks that are active. */
must_check int device_read(struct device *device, struct tpm_pcrs *ret_pcrs, struct why *why);
/* One PCR, in each bank of active at once. */
must_check int device_extend(struct device *device, const struct tpm_banks *banks, uint32_t active,
			     uint32_t pcr, const uint8_t *const digest[static TPM_MAX_BANKS],
			     struct why *why);
