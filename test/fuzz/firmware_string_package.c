// SPDX-License-Identifier: MIT
/* The input is a package list behind its header. */
#include "firmware/hii/string_package.h"
#include "base/util.h"
#include "fuzz/fuzz.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	const struct bytes list = { data, n_bytes };
	struct package p;
	struct bytes text;
	const char *language;
	uint64_t at = 0;
	bool wide;

	for (unsigned n = 0; n < 16 && package_next(list, &at, &p); n++) {
		fuzz_assert(p.bytes.p >= data && p.bytes.n <= n_bytes && at <= n_bytes);
		if (string_package_language(p.bytes, &language))
			fuzz_assert(strlen(language) < p.bytes.n);
		for (unsigned id = 0; id < 8; id++) {
			if (!string_package_find(p.bytes, (uint16_t)id, &text, &wide))
				continue;
			fuzz_assert(id && text.n >= (wide ? 2 : 1) && text.p >= p.bytes.p);
			fuzz_assert(text.p + text.n <= p.bytes.p + p.bytes.n);
			fuzz_assert(text.p[text.n - 1] == 0);
		}
	}
	return 0;
}

/* Two texts, a gap of two, the second again, and a block to pass over. */
size_t fuzz_seed(unsigned i, uint8_t *p, size_t cap)
{
	static const uint8_t blocks[] = {
		0x14, 'H', 0,	 'i', 0, 0, 0,	  0x10, 'y', 'o', 0, 0x22, 2, 0x20,
		2,    0,   0x30, 0,   4, 0, 0x12, 2,	0,   'a', 0, 'b',  0, 0x00,
	};
	const size_t n = 52 + sizeof(blocks);

	if (i || cap < n)
		return 0;
	memset(p, 0, n);
	p[0] = (uint8_t)n;
	p[3] = PACKAGE_STRINGS;
	p[4] = p[8] = 52;
	memcpy(p + 46, "en-US", 6);
	memcpy(p + 52, blocks, sizeof(blocks));
	return n;
}
