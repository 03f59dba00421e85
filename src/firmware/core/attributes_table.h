/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * EFI_MEMORY_ATTRIBUTES_TABLE (UEFI 2.10, 4.6): runtime memory that nobody writes, and such that
 * nobody executes. Without it a kernel maps runtime code writable.
 */
#include "base/why.h"

struct firmware;

/*
 * Where the machine's firmware is called as it lies and has such a table: one of its regions and
 * of ours. What in its table is no part of its regions, or has no right taken away, is left out:
 * kernels warn of it. 0 or -ENOMEM.
 */
must_check int attributes_table_open(struct firmware *fw, struct why *why);
