/* SPDX-License-Identifier: MIT */
#pragma once
/* Does the machine's owner keep its memory from the machine's host? */
#include <stdbool.h>

/*
 * True and *ret_kind ("SEV", "SEV-ES", "SEV-SNP", "TDX", "Hyper-V isolation") where memory is
 * encrypted or has to be accepted, or where that cannot be ruled out: then *ret_sure is false. By
 * the processor, and by files below root, "" for the running system.
 */
bool confidential_guest(const char *root, const char **ret_kind, bool *ret_sure);
