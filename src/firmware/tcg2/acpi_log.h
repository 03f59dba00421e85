/* SPDX-License-Identifier: MIT */
#pragma once
/* The log area that the machine's ACPI table TPM2 names. */
#include "base/util.h"

struct firmware;
struct why;

/*
 * Put ACPI tables in the place of the machine's that are the same and name none: Linux takes that
 * area before EFI's log, and nothing is ever added there. Nothing to do where there is none, or
 * where its tables cannot be read.
 */
must_check int acpi_log_withhold(struct firmware *fw, struct why *why);
