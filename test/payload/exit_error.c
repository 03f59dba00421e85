// SPDX-License-Identifier: MIT
/* Returns an EFI error: the shell's exit status is 1 and stderr has the name. Or a number that none
 * can have. */
#include "lib.h"

efi_status_t payload(void)
{
	return option_is("number") ? 0x123456 : EFI_DEVICE_ERROR;
}
