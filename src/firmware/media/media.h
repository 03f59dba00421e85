/* SPDX-License-Identifier: MIT */
#pragma once
#include "firmware/core/part.h"

/*
 * Where the image comes from and what lies beside it: the files of part_files are on the
 * handles that part_device, first, and part_disks make.
 */
extern const struct part part_initrd, part_files, part_device, part_disks, part_unicode_collation;
