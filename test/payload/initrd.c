// SPDX-License-Identifier: MIT
/*
 * 13.2 LoadFile2 on the initrd's device path, as Linux' stub asks for it.
 * Prints length and checksum: the runner has the files. Load option "none":
 * there must be no initrd.
 */
#include "lib.h"

efi_status_t payload(void)
{
	uint8_t path[32], odd_path[64];
	struct device_path *dp = (void *)path, *end;
	struct load_file2 *lf2 = NULL;
	uint64_t n = 0, n_short;
	uint8_t *buffer = NULL;
	handle_t h = NULL;

	path_end(path_node(path, 4, 3, &initrd_media_guid, 16));
	if (option_is("none")) {
		is(bs->locate_device_path(&load_file2_guid, &dp, &h), EFI_NOT_FOUND);
		return tap_done();
	}
	require(bs->locate_device_path(&load_file2_guid, &dp, &h));
	check_text((uint8_t *)dp == path + 20, "the whole path matched");
	require(bs->handle_protocol(h, &load_file2_guid, &lf2));
	end = dp;
	is(lf2->load_file(lf2, end, false, &n, NULL), EFI_BUFFER_TOO_SMALL);
	check(n > 0);
	is(lf2->load_file(lf2, end, true, &n, NULL), EFI_UNSUPPORTED);
	is(lf2->load_file(lf2, end, false, NULL, NULL), EFI_INVALID_PARAMETER);
	is(lf2->load_file(lf2, NULL, false, &n, NULL), EFI_INVALID_PARAMETER);
	/* no file of that name on this device */
	path_end(path_file(odd_path, u"\\nope"));
	is_either(lf2->load_file(lf2, (void *)odd_path, false, &n, NULL), EFI_NOT_FOUND,
		  EFI_INVALID_PARAMETER);
	require(bs->allocate_pool(EFI_LOADER_DATA, n + 16, (void **)&buffer));
	memset(buffer, 0x77, n + 16);
	n_short = n - 1;
	is(lf2->load_file(lf2, end, false, &n_short, buffer), EFI_BUFFER_TOO_SMALL);
	check(n_short == n && buffer[0] == 0x77);
	n_short = n + 16;
	succeeds(lf2->load_file(lf2, end, false, &n_short, buffer));
	check_text(n_short == n && buffer[n] == 0x77,
		   "the size is told, nothing behind it written");
	print("initrd %u bytes crc 0x%x\n", n, (uint64_t)crc32(0, buffer, n));
	succeeds(bs->free_pool(buffer));
	return tap_done();
}
