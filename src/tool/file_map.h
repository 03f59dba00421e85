/* SPDX-License-Identifier: MIT */
#pragma once
/* A file of the host's as bytes. */
#include "base/bytes.h"
#include "base/why.h"

/*
 * A regular file with something in it, mapped privately. Whoever writes to it meanwhile is seen:
 * what was checked has to be copied before it is used. 0 or a negative errno; why names the file.
 */
must_check int file_map(const char *path, struct bytes *ret_file, struct why *why);
/* Nothing for what was not mapped; *file is empty then. */
void file_unmap(struct bytes *file);
