// SPDX-License-Identifier: MIT
#include "guest/runtime.h"

/* The kernel resets this kind of machine itself, by PSCI, and is told to (forward_supported()). */
efi_api efi_status_t runtime_reset_system(uint32_t type, efi_status_t status, uint64_t n_bytes,
					  const void *data)
{
	return EFI_UNSUPPORTED;
}
