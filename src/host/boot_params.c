// SPDX-License-Identifier: MIT
#include "host/boot_params.h"
#include "base/bytes.h"
#include "host/file.h"

/* struct efi_info */
enum {
	SYSTEM_TABLE = 0x1c4,
	MAP_STEP = 0x1c8,
	MAP = 0x1d0,
	MAP_BYTES = 0x1d4,
	SYSTEM_TABLE_HIGH = 0x1d8,
	MAP_HIGH = 0x1dc,
};

static uint64_t address(struct bytes params, size_t low_at, size_t high_at)
{
	uint32_t low, high;

	return bytes_le32(params, low_at, &low) && bytes_le32(params, high_at, &high)
		       ? (uint64_t)high << 32 | low
		       : 0;
}

int boot_params_efi(const char *root, struct boot_efi *ret_efi)
{
	scoped_host_file file = { NULL, 0 };
	struct boot_efi efi = { 0 };
	struct bytes params;
	int r = host_file_read(root, BOOT_PARAMS, &file);

	if (r < 0)
		return r;
	params = (struct bytes){ (const uint8_t *)file.text, file.n_bytes };
	efi.system_table = address(params, SYSTEM_TABLE, SYSTEM_TABLE_HIGH);
	if (bytes_le32(params, MAP_BYTES, &efi.map_bytes) &&
	    bytes_le32(params, MAP_STEP, &efi.map_step))
		efi.map = address(params, MAP, MAP_HIGH);
	*ret_efi = efi;
	return 0;
}
