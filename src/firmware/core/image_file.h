/* SPDX-License-Identifier: MIT */
#pragma once
/* An image's bytes by its device path, from whoever offers the device (UEFI 2.10, 7.4.1). */
#include "efi/types.h"

#include <stdbool.h>
#include <stdint.h>

struct firmware;

/* The handle with this protocol whose path is the longest beginning of *inout_path, which moves
 * behind it; guid may be NULL: any device. 0: there is none. */
efi_handle_t image_device(struct firmware *fw, const struct efi_guid *guid, efi_addr_t *inout_path);

/* Read into pages of the image's. */
struct image_file {
	efi_addr_t addr;
	uint64_t n_bytes, n_pages;
};
efi_status_t image_file_read(struct firmware *fw, bool boot_policy, efi_addr_t path,
			     struct image_file *ret_file);
void image_file_free(struct firmware *fw, const struct image_file *file);
