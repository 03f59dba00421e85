/* SPDX-License-Identifier: MIT */
#pragma once
/* How UEFI services are called here (UEFI 2.10, 2.3.6.4): by AAPCS64, as C calls on Linux. */
#define efi_api
