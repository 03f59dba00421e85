/* SPDX-License-Identifier: MIT */
#pragma once
/* Physical memory as /dev/mem shows it: what the kernel does not hide. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Below root; negative when there is none that we may read, which is one that shows nothing. */
int dev_mem_open(const char *root);

/* Of the int that fd points to; all or nothing (struct phys). */
bool dev_mem_read(void *fd, uint64_t addr, void *to, size_t n_bytes);
