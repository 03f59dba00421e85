// SPDX-License-Identifier: MIT
/* Returns an EFI error: the shell's exit status is 1 and stderr has the name. */
#include "lib.h"

efi_status_t payload(void)
{
	return EFI_DEVICE_ERROR;
}
