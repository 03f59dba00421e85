// SPDX-License-Identifier: MIT
/* Exit() with a reason from three calls deep; nothing behind it runs. */
#include "lib.h"

static char16 reason[] = u"tired of it";

static __attribute__((noinline)) void dive(unsigned depth)
{
	char16 *data;

	if (depth > 0) {
		dive(depth - 1);
		print("not ok 1 - Exit() came back\n");
		return;
	}
	if (bs->allocate_pool(EFI_LOADER_DATA, sizeof(reason), (void **)&data) != EFI_SUCCESS)
		return;
	memcpy(data, reason, sizeof(reason));
	bs->exit(self, EFI_DEVICE_ERROR, sizeof(reason), data);
}

efi_status_t payload(void)
{
	dive(3);
	return EFI_SUCCESS;
}
