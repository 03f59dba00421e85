/* SPDX-License-Identifier: MIT */
#pragma once
/* The TPM itself, to extend its PCRs. */
#include "base/bytes.h"
#include "base/why.h"
#include "tpm/log.h"

struct device;

/* The resource manager's: others of the running system may use the TPM meanwhile. */
#define TPM_DEVICE "/dev/tpmrm0"

must_check int device_open(const char *path, struct device **ret_device, struct why *why);
void device_close(struct device *device);
/* One PCR, in each bank of active at once. */
must_check int device_extend(struct device *device, const struct tpm_banks *banks, uint32_t active,
			     uint32_t pcr, const uint8_t *const digest[static TPM_MAX_BANKS],
			     struct why *why);
