/* SPDX-License-Identifier: MIT */
#pragma once
/* File names as UEFI writes them (13.5: '\' between them), as ours. Pure. */
#include "base/util.h"

#include <stdbool.h>
#include <stddef.h>

enum { FILE_PATH_BYTES = 4096, FILE_NAME_UNITS = 255 };

/*
 * The path of struct firmware_file_system that n units of UTF-16 at text mean,
 * seen from folder. 0, -EINVAL when a name is none that FAT could have, -ENOENT
 * when it leads out of the root, -ENAMETOOLONG.
 */
must_check int file_path_join(const char *folder, const void *text, size_t n,
			      char out[static FILE_PATH_BYTES]);

/*
 * Is this name, in UTF-8, what a folder's listing can show: one that opens what it names? FAT's
 * names do not end in dots or blanks, and have no '*' or ':' in them.
 */
bool file_name_can_be_opened(const char *name);

/* The last name in it; of the root, "". */
const char *file_path_name(const char *path);
/* The length of what lies before that name. */
size_t file_path_folder(const char *path);
