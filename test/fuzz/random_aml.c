// SPDX-License-Identifier: MIT
/*
 * ACPI tables come from firmware: any bytes may come.
 *
 *   clang -fsanitize=fuzzer,address,undefined -Isrc test/fuzz/random_aml.c src/random/aml.c
 */
#include "random/aml.h"

#include <errno.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct aml_address address;
	int r = aml_vmgenid((struct bytes){ data, n }, &address);

	if (r != 0 && r != -ENOENT && r != -ENOEXEC)
		abort();
	return 0;
}
