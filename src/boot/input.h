/* SPDX-License-Identifier: MIT */
#pragma once
/* Files that the command line names, as all verbs read them. */
#include "base/bytes.h"
#include "base/why.h"

/* A regular file that is not empty; 0 or a negative errno and a reason that names it. */
must_check int input_open(const char *path, int *ret_fd, uint64_t *ret_bytes, struct why *why);

/*
 * Fill buf with [offset, offset + n) of *(int *)fd: 0, or a negative errno, -EIO where the
 * file ends before. For struct firmware_file and struct firmware_disk.
 */
must_check int input_read_at(void *fd, uint64_t offset, void *buf, size_t n);

/*
 * All of a file of at most most bytes, for input_free(). Its bytes, not a mapping of them:
 * that would change, or end in SIGBUS, under a parser when somebody writes to the file.
 */
must_check int input_read(const char *path, uint64_t most, struct bytes *ret_file, struct why *why);
/* The same of an image; of what begins like none, however large, only what it takes to say so. */
must_check int input_read_image(const char *path, uint64_t most, struct bytes *ret_file,
				struct why *why);
/*
 * That of an image which is judged and then runs: a sealed copy, for input_unmap(). A fault of ours
 * can spoil it as little as somebody who writes to the file.
 */
must_check int input_seal_image(const char *path, uint64_t most, struct bytes *ret_file,
				struct why *why);
/* What was read, or nothing at all; then it is nothing. */
void input_free(struct bytes *file);

/*
 * A mapping of it all the same, for input_unmap(): reading a large file takes as long as hashing
 * it. For who has it parsed by a process of its own (keeper/compute.h), in which SIGBUS ends no
 * more than that, and then does nothing else with the file.
 */
must_check int input_map(const char *path, uint64_t most, struct bytes *ret_file, struct why *why);
void input_unmap(struct bytes *file);
