/* SPDX-License-Identifier: MIT */
#pragma once
/* How UEFI services are called here (UEFI 2.10, 2.3.4.2): not as C calls on Linux. */
#define efi_api __attribute__((ms_abi))

/* Do the services that stay let themselves be moved, and can they reset a machine? */
enum { RUNTIME_MOVES = 1, RUNTIME_RESETS = 1 };
