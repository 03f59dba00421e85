// SPDX-License-Identifier: MIT
/* Says what it did not expect, and waits for ever, as systemd's stub does. */
#include "lib.h"

efi_status_t payload(void)
{
	print("assertion 'pages' failed\n\n");
	for (;;)
		bs->stall(60000000);
}
