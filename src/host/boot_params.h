/* SPDX-License-Identifier: MIT */
#pragma once
/* The boot parameters of an x86 kernel (Linux, Documentation/arch/x86/boot.rst), as it shows them.
 */
#include "base/util.h"

#include <stdint.h>

#define BOOT_PARAMS "/sys/kernel/boot_params/data"

/* What EFI is to it: addresses, or 0 where there is none. */
struct boot_efi {
	uint64_t system_table;
	uint64_t map; /* map_bytes of descriptors, one each map_step bytes */
	uint32_t map_bytes, map_step;
};

/* Of the kernel below root. A negative errno when it shows no boot parameters. */
must_check int boot_params_efi(const char *root, struct boot_efi *ret_efi);
