// SPDX-License-Identifier: MIT
#include "host/kernel_data.h"

struct kernel_data host_kernel_data(const char *root)
{
	return kernel_data_find(root);
}
