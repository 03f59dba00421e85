/* SPDX-License-Identifier: MIT */
#pragma once
/* Base relocations, applied to an image in memory. Pure. */
#include "pe/image.h"

/*
 * Make the image mapped (image->size bytes) run at address base, which must be a
 * multiple of image->alignment and of a page. Without anything to change, because base is the one
 * it was linked for, the table is checked all the same.
 *
 * Returns 0, -ENOEXEC, or -ERANGE when its 32-bit addresses cannot hold one so high; then mapped
 * may be half relocated and must not be run.
 */
must_check int pe_relocate(const struct pe_image *image, uint8_t *mapped, uint64_t base,
			   struct why *why);
