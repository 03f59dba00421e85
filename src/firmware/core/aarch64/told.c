// SPDX-License-Identifier: MIT
#include "firmware/core/result.h"

#include <errno.h>

/* What a kernel is told lies in a device tree that its stub makes, and that is not looked for. */
int firmware_told(struct firmware *fw, struct firmware_told *ret_told)
{
	return -ENOENT;
}

struct ram_range firmware_told_initrd(struct firmware *fw)
{
	return (struct ram_range){ 0 };
}
