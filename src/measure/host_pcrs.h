/* SPDX-License-Identifier: MIT */
#pragma once
/* The PCRs of this machine's TPM, as the kernel shows them; reading them takes no rights. */
#include "base/why.h"
#include "tpm/pcrs.h"

/* What the kernel has of the firmware's event log; root alone may read it. */
#define HOST_LOG "/sys/kernel/security/tpm0/binary_bios_measurements"

/*
 * Every bank that is active. -ENODEV: there is no TPM 2.0; -ENOTSUP: a bank of an algorithm that
 * cannot be computed here.
 */
must_check int host_pcrs_read(const char *root, struct tpm_pcrs *ret_pcrs, struct why *why);
