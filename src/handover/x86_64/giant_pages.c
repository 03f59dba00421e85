// SPDX-License-Identifier: MIT
#include "handover/paging.h"

#include <cpuid.h>

bool paging_has_giant_pages(void)
{
	unsigned eax, ebx, ecx, edx;

	return __get_cpuid(0x80000001, &eax, &ebx, &ecx, &edx) && edx >> 26 & 1;
}
