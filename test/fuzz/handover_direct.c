// SPDX-License-Identifier: MIT
/* The input is a kernel image, for a machine with 64 MiB. */
#include "fuzz/fuzz.h"
#include "handover/direct.h"
#include "unit/tiny_kernel.h"

#include <stdlib.h>

#define MIB (UINT64_C(1) << 20)

static bool is_inside(const struct direct *d, uint64_t start, uint64_t end)
{
	return start < end && start >= d->ram_range[0].start && end <= d->ram_range[0].end;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	struct memory_range range = { 16 * MIB, 80 * MIB, MEMORY_RAM };
	const struct memory_map map = { &range, 1, 80 * MIB };
	uint8_t *copy = malloc(n_bytes ? n_bytes : 1); /* so that a sanitizer sees its end */
	const struct direct_config c = {
		.kernel = { copy, n_bytes },
		.cmdline = "quiet",
		.initrd_bytes = 100,
		.resume_bytes = 0x10000,
		.map = &map,
	};
	struct why why = { "" };
	struct direct d;

	fuzz_assert(copy);
	memcpy(copy, data, n_bytes);
	if (direct_build(&c, &d, &why) < 0) {
		fuzz_assert(why.text[0] && !strchr(why.text, '\n'));
	} else {
		fuzz_assert(is_inside(&d, d.frozen.resume.start, d.frozen.resume.end));
		for (unsigned i = 0; i < d.frozen.n_pages; i++) {
			fuzz_assert(is_inside(&d, d.page[i].start, d.page[i].end));
			fuzz_assert(i == 0 || d.page[i - 1].end <= d.page[i].start);
		}
		memset(d.initrd, 0xee, c.initrd_bytes);
		direct_free(&d);
	}
	free(copy);
	return 0;
}

size_t fuzz_seed(unsigned i, uint8_t *data, size_t cap)
{
	static const struct {
		unsigned at, n;
		uint64_t v;
	} change[] = {
		{ 0, 0, 0 },
		{ 0x1f1, 1, 0 },
		{ 0x201, 1, 255 },
		{ 0x260, 4, 60 << 20 },
		{ 0x230, 4, 0x80000000 },
		{ 0x258, 8, UINT64_MAX - 5 },
		{ 0x22c, 4, 0 },
		{ 0x258, 8, 80 * MIB - 0x1000 },
	};

	if (i >= ARRAY_SIZE(change) || cap < TINY_KERNEL_BYTES)
		return 0;
	tiny_kernel_make(data);
	tiny_kernel_put(data, change[i].at, change[i].v, change[i].n);
	return TINY_KERNEL_BYTES;
}
