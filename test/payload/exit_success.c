// SPDX-License-Identifier: MIT
/* Returns EFI_SUCCESS: the shell's exit status is 0. */
#include "lib.h"

efi_status_t payload(void)
{
	print("said before leaving\n");
	return EFI_SUCCESS;
}
