/* SPDX-License-Identifier: MIT */
#pragma once
/* How UEFI services are called here (UEFI 2.10, 2.3.6.4): by AAPCS64, as C calls on Linux. */
#define efi_api

/*
 * Do the services that stay let themselves be moved, and can they reset a machine? Linux calls them
 * where they lie when they cannot be moved, and resets the machine by PSCI.
 */
enum { RUNTIME_MOVES = 0, RUNTIME_RESETS = 0 };
