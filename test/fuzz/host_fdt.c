// SPDX-License-Identifier: MIT
/* The input is a device tree as /sys/firmware/fdt has it. */
#include "fuzz/fuzz.h"
#include "host/fdt.h"
#include "unit/made_fdt.h"

#include <stdlib.h>

/* A list that is read has an end inside of the tree. */
static void look(struct bytes tree)
{
	struct why why = { "" };
	uint64_t start, n_bytes;
	unsigned i = 0;
	int r;

	do
		r = fdt_reserved(tree, i, &start, &n_bytes, &why);
	while (r > 0 && i++ < tree.n / 16);
	fuzz_assert(r <= 0);
	r = fdt_has_node(tree, "compatible", "arm,gic-v3-its", i % 2, &why);
	fuzz_assert(r >= 0 || why.text[0]);
}

/* Of one that is read nothing moves, and there is nothing more to forget in it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	uint8_t *copy = malloc(n_bytes ? n_bytes : 1), *again = malloc(n_bytes ? n_bytes : 1);
	struct why why = { "" };

	fuzz_assert(copy && again);
	memcpy(copy, data, n_bytes);
	look((struct bytes){ copy, n_bytes });
	if (fdt_forget_boot((struct bytes){ copy, n_bytes }, &why) < 0) {
		fuzz_assert(why.text[0] && !strchr(why.text, '\n'));
	} else {
		memcpy(again, copy, n_bytes);
		fuzz_assert(fdt_forget_boot((struct bytes){ again, n_bytes }, &why) == 0);
		fuzz_assert(!memcmp(again, copy, n_bytes));
	}
	free(copy);
	free(again);
	return 0;
}

size_t fuzz_seed(unsigned i, uint8_t *data, size_t cap)
{
	static struct made_fdt f;
	struct bytes t;

	if (i > 1)
		return 0;
	memset(&f, 0, sizeof(f));
	made_fdt_begin(&f, "");
	made_fdt_property(&f, "#address-cells", "\0\0\0\2", 4);
	made_fdt_property(&f, "compatible", "arm,gic-v3-its", 15);
	made_fdt_property(&f, "status", "okay", 5);
	made_fdt_reserve(&f, 0x40000000, 0x1000);
	made_fdt_begin(&f, i ? "memory@0" : "chosen");
	made_fdt_property(&f, "bootargs", "root=/dev/vda", 14);
	made_fdt_property(&f, "linux,initrd-start", "\0\0\0\0\x48\0\0\0", 8);
	made_fdt_word(&f, 4);
	made_fdt_end(&f);
	made_fdt_end(&f);
	made_fdt_word(&f, 9);
	t = made_fdt_whole(&f);
	if (t.n > cap)
		return 0;
	memcpy(data, t.p, t.n);
	return t.n;
}
