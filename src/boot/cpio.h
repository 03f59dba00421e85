/* SPDX-License-Identifier: MIT */
#pragma once
/* An archive as Linux unpacks it behind an initrd: "newc",
 * Documentation/driver-api/early-userspace. */
#include "base/bytes.h"
#include "base/util.h"

/* A kernel looks for the next archive there only. */
enum { CPIO_ALIGN = 4 };

struct cpio_member {
	unsigned mode; /* of stat(2), as it will be there */
	const char *name;
	struct bytes data;
};

/* What an archive of these takes, and the archive. */
uint64_t cpio_bytes(const struct cpio_member *member, unsigned n);
void cpio_write(const struct cpio_member *member, unsigned n, uint8_t *to);
