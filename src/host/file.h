/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Files of /proc and /sys, below a root that is "" for the running system and a
 * folder of made-up ones in tests. Nothing here waits: /dev/kmsg ends where it is empty.
 */
#include "base/bytes.h"
#include "base/util.h"

/* What a file holds, and a NUL behind it. */
struct host_file {
	char *text;
	size_t n_bytes;
};

/* All of root/path, as far as there is memory for it: at most 64 MiB, else -EFBIG. */
must_check int host_file_read(const char *root, const char *path, struct host_file *ret_file);
void host_file_free(struct host_file *file);

/* The first line, without its end, as much as fits. */
must_check int host_file_line(const char *root, const char *path, char *line, size_t cap);

/* That line as a number as strtoull(3) reads it; -EBADMSG when it is none, or below zero. */
must_check int host_file_number(const char *root, const char *path, int base, uint64_t *ret);

/* Is there anything by that name? */
bool host_file_exists(const char *root, const char *path);

/* The target of a symbolic link. */
must_check int host_file_link(const char *root, const char *path, char *target, size_t cap);

#define scoped_host_file __attribute__((cleanup(host_file_free))) struct host_file
