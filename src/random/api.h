/* SPDX-License-Identifier: MIT */
#pragma once
/* What the programs of this library need and nobody else. */
#include <stddef.h>
#include <sys/types.h>

/* getrandom(2) out of this thread's state; a negative errno instead of errno. */
ssize_t api_fill(void *buf, size_t n, unsigned flags);
