// SPDX-License-Identifier: MIT
#include "guest/runtime.h"

/* Without firmware the kernel resets this kind of machine itself, by PSCI, and is told to. */
efi_api efi_status_t runtime_reset_system(uint32_t type, efi_status_t status, uint64_t n_bytes,
					  const void *data)
{
	return firmware_reset_system(type, status, n_bytes, data);
}
