// SPDX-License-Identifier: MIT
#include "host/mmfr0.h"

uint64_t mmfr0_told(void)
{
	return 0;
}
