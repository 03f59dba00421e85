// SPDX-License-Identifier: MIT
/* The input is systemd's list of measurements: what is taken is whole, and it comes to an end. */
#include "fuzz/fuzz.h"
#include "tpm/cel.h"
#include "unit/tiny_cel.h"

#include <string.h>

/* Each byte of it is there to be read. */
static unsigned sum(struct bytes b)
{
	unsigned n = 0;

	for (size_t i = 0; i < b.n; i++)
		n += b.p[i];
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	struct cel_record r;
	struct why why;
	size_t at = 0, before = 0;

	while (cel_next((struct bytes){ data, n_bytes }, &at, &r, &why) > 0) {
		fuzz_assert(at > before && at <= n_bytes);
		fuzz_assert(r.pcr < TPM_PCRS || r.pcr == CEL_NO_PCR);
		fuzz_assert(r.bank.n <= TPM_MAX_BANKS && (r.bank.n || r.pcr == CEL_NO_PCR));
		fuzz_assert(sum(r.kind) + sum(r.text) <= 0xff * (r.kind.n + r.text.n));
		cel_free(&r);
		before = at;
	}
	return 0;
}

size_t fuzz_seed(unsigned i, uint8_t *data, size_t cap)
{
	const char *seed = i == 0 ? tiny_cel_1 : tiny_cel_2;
	const size_t n = strlen(seed);

	if (i > 1 || n > cap)
		return 0;
	memcpy(data, seed, n);
	return n;
}
