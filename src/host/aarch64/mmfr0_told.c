// SPDX-License-Identifier: MIT
#include "host/mmfr0.h"

uint64_t mmfr0_told(void)
{
	uint64_t value;

	__asm__("mrs %0, s3_0_c0_c7_0" : "=r"(value));
	return value;
}
