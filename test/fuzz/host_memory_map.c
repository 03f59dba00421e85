// SPDX-License-Identifier: MIT
/* The input is the text of /proc/iomem. */
#include "fuzz/fuzz.h"
#include "host/memory_map.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	char *text = malloc(n_bytes + 1);
	struct why why = { "" };
	const struct memory_sources from = { .iomem = text };
	struct memory_map map;
	uint64_t last = 0;

	fuzz_assert(text);
	memcpy(text, data, n_bytes);
	text[n_bytes] = 0;
	if (memory_map_from(&from, &map, &why) < 0) {
		fuzz_assert(why.text[0] && !strchr(why.text, '\n'));
		free(text);
		return 0;
	}
	for (unsigned i = 0; i < map.n; i++) {
		fuzz_assert(map.range[i].start >= last && map.range[i].start < map.range[i].end);
		fuzz_assert(map.range[i].start % PAGE_BYTES == 0);
		fuzz_assert(map.range[i].end % PAGE_BYTES == 0);
		fuzz_assert(i == 0 || map.range[i].start > last ||
			    map.range[i].kind != map.range[i - 1].kind);
		last = map.range[i].end;
	}
	fuzz_assert(last <= align_up(map.top_of_address_space, PAGE_BYTES));
	memory_map_free(&map);
	free(text);
	return 0;
}

size_t fuzz_seed(unsigned i, uint8_t *data, size_t cap)
{
	static const char *const seeds[] = {
		"00001000-0009fbff : System RAM\n0009fc00-000fffff : Reserved\n"
		"00100000-7ffdafff : System RAM\n  2f000000-36ffffff : Crash kernel\n",
		"1000-1fff : ACPI Tables\n1800-27ff : ACPI Non-volatile Storage\n"
		"2000-5fff : System RAM\n3000-3fff : Unusable memory\n",
		"1-ffffffffffffffff : System RAM\n4000-4fff : Persistent Memory\n"
		"5000-5fff : Soft Reserved\n",
	};

	if (i >= ARRAY_SIZE(seeds) || cap < strlen(seeds[i]))
		return 0;
	memcpy(data, seeds[i], strlen(seeds[i]));
	return strlen(seeds[i]);
}
