/* SPDX-License-Identifier: MIT */
#pragma once
/* Has something filled the holes? Bytes of guest RAM that take memory. */
#include "machine/ram.h"

#include <sys/stat.h>

static inline uint64_t ram_used(const struct ram *ram)
{
	struct stat st;

	return fstat(ram->fd, &st) < 0 ? UINT64_MAX : (uint64_t)st.st_blocks * 512;
}
