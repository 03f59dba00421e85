/* SPDX-License-Identifier: MIT */
#pragma once
/* Where the file systems of a disk are mounted, and mounts of our own that nobody else sees. */
#include "base/why.h"

#include <limits.h>
#include <stdint.h>
#include <sys/stat.h>

/*
 * Number skip (from 0) of the mount points where all of the file system is to be found that begins
 * at byte offset of a disk: a block device, or a file that a loop device may show. Below root, ""
 * or a folder of made-up files. Something else may be mounted over it: *ret_device is what stat(2)
 * says of files there if not. 0, or -ENOENT behind the last.
 */
must_check int mount_point_find(const char *root, const struct stat *disk, uint64_t offset,
				unsigned skip, char ret_path[static PATH_MAX], dev_t *ret_device);

/* Can we mount file systems of this type, in libblkid's words? 0, -EPERM: not we, -ENODEV: nobody.
 */
must_check int mount_allowed(const char *type);

/* Where a file system is. */
struct mount_source {
	int disk;
	uint64_t offset, n_bytes;
	uint32_t block_bytes;
};

/*
 * Mount it where only the descriptor leads that is returned; it ends with that. Nothing is written
 * to the disk, not even by the kernel.
 */
must_check int mount_read_only(const char *type, const struct mount_source *source,
			       struct why *why);
