/* SPDX-License-Identifier: MIT */
#pragma once
/* A GUID partition table (UEFI 2.10, 5.3) in the first bytes of a disk. Pure. */
#include "base/bytes.h"
#include "base/util.h"

struct gpt_partition {
	uint64_t first, last; /* blocks, last included */
	uint8_t guid[16];     /* of this partition, as it lies on the disk */
};

enum { GPT_HEAD_BYTES = 34 * 4096 }; /* of a disk: enough for the usual table at any block size */

/*
 * Entry number (from 1) of the table on a disk with blocks of block_bytes, of
 * which disk holds the first bytes. 0, -ENODATA when there is no table or no such
 * partition, -EBADMSG when a checksum is wrong, -ERANGE when the table lies behind disk's end.
 */
must_check int gpt_find(struct bytes disk, uint32_t block_bytes, uint32_t number,
			struct gpt_partition *ret_partition);
