// SPDX-License-Identifier: MIT
/* What aml_vmgenid() says of a table in a file: its result, and each half's value and bytes in
 * memory. */
#include "random/aml.h"

#include <inttypes.h>
#include <stdio.h>

static uint8_t table[1 << 20];

int main(int argc, char **argv)
{
	FILE *f = argc == 2 ? fopen(argv[1], "re") : NULL;
	struct aml_address at = { 0 };
	size_t n;

	if (!f)
		return 1;
	n = fread(table, 1, sizeof(table), f);
	fclose(f);
	printf("%d ", aml_vmgenid((struct bytes){ table, n }, &at));
	printf("%" PRIx64 " %u %" PRIx64 " %u\n", at.low.value, at.low.memory_bytes, at.high.value,
	       at.high.memory_bytes);
	return 0;
}
