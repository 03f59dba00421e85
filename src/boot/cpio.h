/* SPDX-License-Identifier: MIT */
#pragma once
/* An archive as Linux unpacks it behind an initrd: "newc",
 * Documentation/driver-api/early-userspace. */
#include "base/bytes.h"
#include "base/util.h"

/* A kernel looks for the next archive there only. */
enum { CPIO_ALIGN = 4 };

/* What one member takes, and the end, which is a member by that name. */
#define CPIO_END "TRAILER!!!"
uint64_t cpio_bytes(const char *name, uint64_t n_data);

struct cpio {
	uint8_t *p; /* the caller's, with room for cpio_bytes() of each member */
	size_t n;
	unsigned inode;
};

/* mode: of stat(2), as it will be there; 0: of the end. */
void cpio_add(struct cpio *archive, unsigned mode, const char *name, struct bytes data);
