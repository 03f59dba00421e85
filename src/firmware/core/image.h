/* SPDX-License-Identifier: MIT */
#pragma once
/* Images: loading, starting, leaving (UEFI 2.10, 7.4 and 9). */
#include "base/bytes.h"
#include "efi/types.h"

#include <stdbool.h>
#include <stdint.h>

struct firmware;
struct why;

struct image {
	struct image *next;
	efi_handle_t handle, parent;
	uint64_t base, n_pages;
	uint64_t entry; /* 0: has none, cannot be started */
	bool nx_compat;
	bool application, started;
	bool entered;			   /* and has not come back yet */
	efi_addr_t loaded_image;	   /* EFI_LOADED_IMAGE_PROTOCOL in guest memory */
	efi_addr_t file_path, device_path; /* copies, or 0 */
	/* what Exit left for StartImage's caller */
	efi_addr_t exit_data;
	uint64_t exit_data_bytes;
};

struct images {
	struct image *first;
	efi_handle_t running; /* the innermost one that was started, 0: none */
};

/* Load from bytes on our side; device_path is in guest memory, or 0. */
efi_status_t image_load(struct firmware *fw, efi_handle_t parent, efi_addr_t device_path,
			struct bytes file, struct image **ret_image, struct why *why);
/* NULL when there is no such image. */
struct image *image_find(struct firmware *fw, efi_handle_t handle);
/* Run it to its end. */
efi_status_t image_start(struct firmware *fw, struct image *image);
void images_free(struct firmware *fw);
