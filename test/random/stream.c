// SPDX-License-Identifier: MIT
/*
 * The generator's own output for statistical tests, also on a machine where
 * nothing can be looked at and vgetrandom(1) would give the kernel's.
 */
#include <vgetrandom.h>

#include "random/detector.h"

#include <stdio.h>

int main(void)
{
	static uint8_t buf[20000];
	size_t n = 1;

	detector_published_at("/nonexistent");
	detector_use(GUARD_BLIND);
	/* all ways that bytes go: out of the batch, straight, both */
	do {
		n = n * 7 % 19997;
		vgetrandom_fill(buf, n);
	} while (fwrite(buf, 1, n, stdout) == n);
	return 0;
}
