// SPDX-License-Identifier: MIT
/* The input is a device tree that an image brings; and, the other way round, that of a machine. */
#include "fdt/fixup.h"
#include "fdt/reserved.h"
#include "fuzz/fuzz.h"
#include "unit/made_fdt.h"

#include <stdlib.h>

static size_t make(unsigned i, uint8_t *data, size_t cap)
{
	static struct made_fdt f;
	struct bytes t;

	memset(&f, 0, sizeof(f));
	made_fdt_begin(&f, "");
	made_fdt_property(&f, "#address-cells", "\0\0\0\2", 4);
	made_fdt_property(&f, "#size-cells", "\0\0\0\1", 4);
	made_fdt_property(&f, "serial-number", "42", 3);
	made_fdt_reserve(&f, 0x40000000, 0x1000);
	made_fdt_begin(&f, i ? "memory@0" : "chosen");
	made_fdt_property(&f, i ? "mac-address" : "stdout-path", "/uart", 6);
	made_fdt_end(&f);
	made_fdt_begin(&f, "reserved-memory");
	made_fdt_property(&f, "#address-cells", "\0\0\0\2", 4);
	made_fdt_property(&f, "#size-cells", "\0\0\0\1", 4);
	made_fdt_begin(&f, i ? "a@1000" : "b@2000");
	made_fdt_property(&f, "reg", "\0\0\0\0\0\0\x20\0\0\0\x10\0", 12);
	made_fdt_property(&f, "no-map", "", 0);
	made_fdt_end(&f);
	made_fdt_end(&f);
	made_fdt_end(&f);
	made_fdt_word(&f, FDT_END);
	t = made_fdt_whole(&f);
	if (t.n > cap)
		return 0;
	memcpy(data, t.p, t.n);
	return t.n;
}

/* What comes of it is as long as was said, and a tree that can be fixed again. */
static void fix(struct bytes given, struct bytes machine)
{
	const uint64_t n = fdt_fixup(given, machine, NULL, 0);
	uint64_t start, n_bytes;
	unsigned i = 0;
	uint8_t *out;
	bool no_map;
	int r;

	if (!n)
		return;
	out = malloc(n);
	fuzz_assert(out && fdt_fixup(given, machine, out, n) == n);
	do
		r = fdt_reserved_range((struct bytes){ out, n }, i++, &start, &n_bytes, &no_map);
	while (r > 0 && i < 64);
	fuzz_assert(r >= 0);
	fuzz_assert(fdt_fixup((struct bytes){ out, n }, machine, NULL, 0) >= n - FDT_FIXUP_SPARE);
	free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	uint8_t *copy = malloc(n_bytes ? n_bytes : 1), own[4096];
	const struct bytes other = { own, make(1, own, sizeof(own)) };

	fuzz_assert(copy && other.n);
	memcpy(copy, data, n_bytes);
	fix((struct bytes){ copy, n_bytes }, other);
	fix(other, (struct bytes){ copy, n_bytes });
	free(copy);
	return 0;
}

size_t fuzz_seed(unsigned i, uint8_t *data, size_t cap)
{
	return i > 1 ? 0 : make(i, data, cap);
}
