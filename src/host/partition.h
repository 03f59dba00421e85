/* SPDX-License-Identifier: MIT */
#pragma once
/* The partition behind a mounted file system. */
#include "host/partition_table.h"

struct mounted_partition {
	uint32_t number;
	uint64_t start, n_blocks; /* in blocks of the disk */
	uint8_t guid[16];	  /* of the partition, as GPT holds it */
	uint8_t type[16];	  /* of the partition, likewise; 0 when nobody knows */
	char label[64];		  /* of the file system on it; "" when nobody knows */
};

/* The types of partitions that firmware and boot loaders read (UAPI.1). */
extern const uint8_t partition_type_esp[16], partition_type_xbootldr[16];

/*
 * What sysfs, udev or the disk itself say of block device major:minor. 0, or
 * -ENODEV for no partition, or another negative errno when it is none with a GPT
 * GUID that can be read. read looks at the disk, as partition_table_read() does.
 */
typedef int partition_reader(int fd, uint32_t block_bytes, struct partition_table *ret_table,
			     struct why *why);
must_check int partition_find(uint32_t major, uint32_t minor, partition_reader *read,
			      struct mounted_partition *ret_partition);
/* The same below root, a folder of made-up files: sys, run/udev/data, dev. */
must_check int partition_find_below(const char *root, uint32_t major, uint32_t minor,
				    partition_reader *read,
				    struct mounted_partition *ret_partition);
