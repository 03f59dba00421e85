/* SPDX-License-Identifier: MIT */
#pragma once
/* Files without a name, for who takes descriptors. */
#include "base/bytes.h"
#include "base/why.h"

/* Put data behind what was written to fd. */
must_check int output_append(int fd, const void *data, uint64_t n);
/* A file that holds data: a descriptor or a negative errno. */
must_check int output_file(const char *name, struct bytes data, struct why *why);
/* 0 where fd is none. */
uint64_t output_bytes(int fd);
