/* SPDX-License-Identifier: MIT */
#pragma once
/* Files that the image has open (UEFI 2.10, 13.4 and 13.5). */
#include "efi/types.h"
#include "firmware/core/config.h"
#include "firmware/core/service.h"

/* An EFI_FILE_PROTOCOL: lies on no handle, lives from Open to Close or Delete. */
struct open_file {
	struct open_file *next;
	efi_addr_t interface;
	struct firmware_file_system *fs;
	void *file;
	char *path;
	uint64_t position;
	bool folder, writable;
};

extern const struct service_group group_simple_file_system, group_file;

/* Install SimpleFileSystem on a handle. */
int file_system_offer(struct firmware *fw, efi_handle_t handle, struct firmware_file_system *fs,
		      struct why *why);

/* A copy of a path among the bytes of the image; NULL without memory. */
char *file_path_keep(struct firmware *fw, const char *path);

/* file_info.c */

/* What a negative errno of a file system's function means to the image; 0 is EFI_SUCCESS. */
efi_status_t file_status(int64_t r);
/* EFI_FILE_INFO of node under another name, into *inout_room bytes at out. */
efi_status_t file_info_put(struct firmware *fw, const struct firmware_node *node, const char *name,
			   bool read_only, efi_addr_t out, efi_addr_t inout_room);
efi_status_t file_get_info(struct call *call, struct open_file *f);
efi_status_t file_set_info(struct call *call, struct open_file *f);
