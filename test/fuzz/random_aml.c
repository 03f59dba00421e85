// SPDX-License-Identifier: MIT
/* ACPI tables come from firmware: any bytes may come. */
#include "fuzz/fuzz.h"
#include "random/aml.h"
#include "unit/tiny_aml.h"

#include <errno.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	struct aml_address address;
	int r = aml_vmgenid((struct bytes){ data, n_bytes }, &address);

	fuzz_assert(r == 0 || r == -ENOENT || r == -ENOEXEC);
	return 0;
}

size_t fuzz_seed(unsigned i, uint8_t *data, size_t cap)
{
	if (i >= N_TINY_AML || cap < tiny_aml[i].n)
		return 0;
	memcpy(data, tiny_aml[i].p, tiny_aml[i].n);
	return tiny_aml[i].n;
}
