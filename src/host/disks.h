/* SPDX-License-Identifier: MIT */
#pragma once
/* The disks of this machine, by sysfs. */
#include <stdint.h>

enum { DISK_NAME_BYTES = 64 };

/* A device in /dev. */
struct disk_name {
	char path[DISK_NAME_BYTES];
};

/*
 * The disk that block device major:minor is, or a partition of. Below root, "" or a folder of
 * made-up files. 0, or a negative errno when sysfs knows of none.
 */
int disk_find(const char *root, uint32_t major, uint32_t minor, struct disk_name *ret_disk);

/*
 * The first n disks that a firmware would find: of hardware, and with something in them. In order
 * of their names; returns how many there are, which may be more.
 */
unsigned disks_list(const char *root, struct disk_name *ret_disk, unsigned n);
