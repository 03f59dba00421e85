// SPDX-License-Identifier: MIT
#include "boot/request.h"
#include "host/kernel.h"

#define LEAST_DEFAULT (UINT64_C(1) << 28)

uint64_t default_memory_limit(void)
{
	return max_u64(host_total_ram() / 2, LEAST_DEFAULT);
}

uint64_t request_memory_limit(const struct boot_request *request)
{
	return request->memory ? request->memory : default_memory_limit();
}

bool request_boots(const struct boot_request *request)
{
	return request->for_this_machine || request->as_if_booted;
}
