/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Partitions as they stand on a disk: GPT (UEFI 2.10, 5.3) or MBR (5.2). Pure:
 * blocks come in through a function, what is on them is nobody's word.
 */
#include "base/why.h"
#include "efi/types.h"

#include <stdint.h>

enum partition_scheme {
	PARTITION_SCHEME_NONE,
	PARTITION_SCHEME_MBR, /* these two are HARDDRIVE_DEVICE_PATH's MBRType and SignatureType */
	PARTITION_SCHEME_GPT,
};

struct partition {
	uint32_t number; /* from 1, as Linux counts them */
	uint64_t start, n_blocks;
	struct efi_guid id; /* GPT: its own; MBR: the disk's signature, then 0 */
	bool is_esp;
};

struct partition_table {
	enum partition_scheme scheme;
	struct partition *partition; /* in order of their numbers */
	unsigned n;
};

struct partition_reader {
	void *context;
	uint64_t block_bytes, n_blocks;
	/* Fill buf with n bytes from byte offset on; 0 or a negative errno. */
	int (*read)(void *context, uint64_t offset, void *buf, size_t n);
};

/*
 * 0 and a table; one with scheme NONE when there is none that can be believed.
 * A negative errno when the disk cannot be read.
 */
must_check int partition_table_read(const struct partition_reader *disk,
				    struct partition_table *ret_table, struct why *why);
void partition_table_free(struct partition_table *table);
