/* SPDX-License-Identifier: MIT */
#pragma once
/* The linear framebuffer that the running kernel was given, as it noted it down. */
#include "base/why.h"

#include <stdint.h>

enum { FRAMEBUFFER_NOTE_BYTES = 64 };

struct framebuffer {
	uint64_t base, n_bytes; /* physical */
	uint32_t width, height, line_bytes;
	uint8_t bits;			      /* a pixel: 32 */
	uint8_t red, green, blue, reserved;   /* the lowest bit of each, 8 bits wide */
	uint8_t note[FRAMEBUFFER_NOTE_BYTES]; /* as it was noted: struct screen_info */
};

/*
 * From the kernel below root; -ENOENT when there is none, -EOPNOTSUPP when EFI cannot describe it,
 * -EBUSY when a graphics driver has the device since: what is shown may lie
 * elsewhere by now.
 */
must_check int framebuffer_read(const char *root, struct framebuffer *ret_framebuffer,
				struct why *why);
/*
 * n_bytes of f to draw on: those of the screen, where a framebuffer device below root shows
 * them, else memory that nobody sees. framebuffer_unmap() them.
 */
must_check int framebuffer_map(const char *root, const struct framebuffer *f, uint8_t **ret_pixels,
			       struct why *why);
/* NULL is fine. */
void framebuffer_unmap(uint8_t *pixels, uint64_t n_bytes);
