// SPDX-License-Identifier: MIT
/* 9.1 LoadOptions: what the command line gave, in UTF-16, with its end; the runner compares. */
#include "lib.h"

efi_status_t payload(void)
{
	struct loaded_image *image = own_image();
	const char16 *options = image->load_options;
	uint32_t n = image->load_options_bytes;

	check((options == NULL) == (n == 0));
	if (n == 0) {
		print("0 bytes\n");
		return tap_done();
	}
	check(n % 2 == 0);
	check_text(options[n / 2 - 1] == 0, "ends in a NUL");
	check(strlen16(options) == n / 2 - 1);
	print("%u bytes: %S\n", (uint64_t)n, options);
	return tap_done();
}
