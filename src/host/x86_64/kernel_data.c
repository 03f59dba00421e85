// SPDX-License-Identifier: MIT
#include "host/kernel_data.h"

/* kexec enters with a stack that leads to its list. */
struct kernel_data host_kernel_data(const char *root)
{
	return (struct kernel_data){ 0 };
}
