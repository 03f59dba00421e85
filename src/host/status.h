/* SPDX-License-Identifier: MIT */
#pragma once
/* What the kernel says of this process: /proc/self/status. */
#include "host/file.h"

/* What is behind key ("CapEff:") in a status file; NULL when it has no such line. */
const char *status_field(const struct host_file *status, const char *key);

/* Has this process, below root, a seccomp filter? */
bool status_is_filtered(const char *root);
