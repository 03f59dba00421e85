// SPDX-License-Identifier: MIT
#include "host/kernel.h"

#include <sys/sysinfo.h>

uint64_t host_total_ram(void)
{
	struct sysinfo info;

	return sysinfo(&info) < 0 ? 0 : (uint64_t)info.totalram * info.mem_unit;
}
