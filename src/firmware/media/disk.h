/* SPDX-License-Identifier: MIT */
#pragma once
/* A disk or a partition of it, behind the block and disk protocols. */
#include "firmware/core/service.h"

#include <stdbool.h>
#include <stdint.h>

struct firmware_disk;
struct firmware_file_system;

enum {
	DISK_MEDIA_ID = 1,
	DISK_MEDIA_BYTES = 48, /* EFI_BLOCK_IO_MEDIA (13.9) */
	DISK_PATH_BYTES = 70,  /* of a device path, at most */
};

struct disk_handle {
	struct disk_handle *next;
	const struct firmware_disk *disk;
	uint64_t start, n_bytes; /* on the disk */
	efi_handle_t handle;
	efi_addr_t media;
};

struct why;

/* n bytes at guest address buffer, from byte offset on; the range was checked. */
efi_status_t disk_transfer(struct call *c, const struct disk_handle *d, bool writing,
			   uint64_t offset, uint64_t n, efi_addr_t buffer);

/* The protocols, and onto d's handle. */
extern const struct service_group group_block_io, group_block_io2, group_disk_io;
int block_io_open(struct firmware *fw, struct disk_handle *d, struct why *why);
int disk_io_open(struct firmware *fw, struct disk_handle *d, struct why *why);

/* disks.c: do these files lie on one of the disks? */
bool disks_have(const struct firmware *fw, const struct firmware_file_system *files);
