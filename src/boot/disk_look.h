/* SPDX-License-Identifier: MIT */
#pragma once
/* What is on a disk, from a process that can read it and do nothing else; looked at as its word. */
#include "host/partition_table.h"

/* As partition_table_read(). */
must_check int look_table(int fd, uint32_t block_bytes, struct partition_table *ret_table,
			  struct why *why);

struct disk_place {
	uint64_t offset, n_bytes;
};

/*
 * As file_system_find(), in each of n places; of those that nobody can look at *ret_failed is the
 * first. Nothing is returned but all.
 */
must_check int look_file_systems(int fd, const struct disk_place *place, unsigned n,
				 struct file_system *ret_fs, unsigned *ret_failed, struct why *why);
