/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Configuration tables that the running kernel shows in files instead of saying where they lie:
 * put together again, in the form that a kernel finds them in. Below root, "" for this machine.
 */
#include "base/bytes.h"
#include "base/util.h"

/*
 * All return 0, and bytes to free: none where there is no such table, or the files make none.
 * Else -ENOMEM.
 */

/* What firmware can be updated by capsules: EFI_SYSTEM_RESOURCE_TABLE (UEFI 2.10, 23.4). */
must_check int shown_esrt(const char *root, struct bytes *ret_table);

/* What shim has of its variables: LINUX_EFI_MOK_VARIABLE_TABLE. */
must_check int shown_mok_variables(const char *root, struct bytes *ret_table);
