// SPDX-License-Identifier: MIT
#include "handover/paging.h"

/* Each processor with a granule of 4 KiB has blocks of 1 GiB. */
bool paging_has_giant_pages(void)
{
	return true;
}
