/* SPDX-License-Identifier: MIT */
#pragma once
/* How UEFI services are called here (UEFI 2.10, 2.3.4.2): not as C calls on Linux. */
#define efi_api __attribute__((ms_abi))
