// SPDX-License-Identifier: MIT
/* Whatever an image calls a file: what comes out has no name that leads anywhere else. */
#include "firmware/media/file_path.h"
#include "fuzz/fuzz.h"

#include <string.h>

static void look(const char *path)
{
	size_t n;

	fuzz_assert(path[0] != '/');
	for (; *path; path += n + (path[n] == '/')) {
		n = strcspn(path, "/");
		fuzz_assert(n > 0 && n <= 4 * FILE_NAME_UNITS);
		fuzz_assert(strncmp(path, ".", n) && strncmp(path, "..", n));
		fuzz_assert(path[n] != '/' || path[n + 1]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	char out[FILE_PATH_BYTES], again[FILE_PATH_BYTES];

	if (file_path_join("", data, n_bytes / 2, out) == 0) {
		look(out);
		if (file_path_join(out, data, n_bytes / 2, again) == 0)
			look(again);
	}
	return 0;
}

size_t fuzz_seed(unsigned i, uint8_t *data, size_t cap)
{
	static const char *const seed[] = { "\\EFI\\..\\x", "..\\..\\etc", "a. .\\.\\b", "\\\\",
					    "..." };
	size_t n;

	if (i >= sizeof(seed) / sizeof(seed[0]))
		return 0;
	n = strlen(seed[i]);
	for (size_t k = 0; k < n && 2 * k + 1 < cap; k++) {
		data[2 * k] = (uint8_t)seed[i][k];
		data[2 * k + 1] = 0;
	}
	return 2 * n;
}
