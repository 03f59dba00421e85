// SPDX-License-Identifier: MIT
/* The input is a command to a TPM: what is answered is as long as it says. */
#include "base/util.h"
#include "firmware/tcg2/command.h"
#include "fuzz/fuzz.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	static const struct tpm_pcrs pcrs = { .banks = { { { 4, 20 }, { 11, 32 }, { 13, 64 } },
							 3 } };
	uint8_t out[COMMAND_MOST_BYTES];
	size_t n = 0;

	if (!command_answer((struct bytes){ data, n_bytes }, &pcrs, 5, out, sizeof(out), &n))
		return 0;
	fuzz_assert(n >= 10 && n <= 1024 && (out[4] << 8 | out[5]) == (int)n);
	return 0;
}

size_t fuzz_seed(unsigned i, uint8_t *data, size_t cap)
{
	static const uint8_t seeds[][26] = {
		{ 0x80, 1, 0, 0, 0, 20, 0, 0, 1, 0x7e, 0, 0, 0, 1, 0, 13, 3, 0xff, 0xff, 0xff },
		{ 0x80, 1, 0,  0, 0, 26, 0, 0, 1, 0x7e, 0, 0, 0,
		  2,	0, 11, 3, 1, 2,	 3, 0, 4, 3,	3, 2, 1 },
		{ 0x80, 1, 0, 0, 0, 14, 0, 0, 1, 0x7e, 0, 0, 0, 0 },
	};
	const size_t n = i < ARRAY_SIZE(seeds) ? seeds[i][5] : 0;

	if (n > cap)
		return 0;
	memcpy(data, seeds[i < ARRAY_SIZE(seeds) ? i : 0], n);
	return n;
}
