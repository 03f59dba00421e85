/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * The setup header of an x86 kernel image, with an EFI stub or without (Linux,
 * Documentation/arch/x86/boot.rst). Pure.
 */
#include "base/bytes.h"

#include <string.h>

enum {
	SETUP_SECTORS = 0x1f1,
	SETUP_BASE = 0x200, /* what SETUP_VERSION_AT says is counted from here */
	SETUP_MAGIC = 0x202,
	SETUP_MAGIC_END = 0x206,
	SETUP_VERSION_AT = 0x20e,
	SETUP_INIT_SIZE = 0x260,
};

/* Does file, or what is there of its head, have one? */
static inline bool setup_header_is_in(struct bytes file)
{
	struct bytes magic;

	return bytes_sub(file, SETUP_MAGIC, SETUP_MAGIC_END - SETUP_MAGIC, &magic) &&
	       memcmp(magic.p, "HdrS", magic.n) == 0;
}
