/* SPDX-License-Identifier: MIT */
#pragma once
/* What is on a disk, from a process that can read it and do nothing else; looked at as its word. */
#include "host/partition_table.h"

/* As partition_table_read(). */
must_check int look_table(int fd, uint32_t block_bytes, struct partition_table *ret_table,
			  struct why *why);

/* As file_system_find(). */
must_check int look_file_system(int fd, uint64_t offset, uint64_t n_bytes,
				struct file_system *ret_fs, struct why *why);
