/* SPDX-License-Identifier: MIT */
#pragma once
/* The PCRs of this machine's TPM, as the kernel shows them; reading them takes no rights. */
#include "base/why.h"
#include "tpm/pcrs.h"

/*
 * Every bank that is active. -ENODEV: there is no TPM 2.0; -ENOTSUP: a bank of an algorithm that
 * cannot be computed here.
 */
must_check int host_pcrs_read(const char *root, struct tpm_pcrs *ret_pcrs, struct why *why);
