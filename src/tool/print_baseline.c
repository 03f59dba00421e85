// SPDX-License-Identifier: MIT
/* For doc/baseline.md; `make doc` runs it. */
#include "firmware/firmware.h"

int main(void)
{
	firmware_print_baseline(stdout);
	return ferror(stdout) != 0;
}
