/* SPDX-License-Identifier: MIT */
#pragma once
/* The linear framebuffer that the running kernel was given, as it noted it down. */
#include "base/why.h"

#include <stdint.h>

struct framebuffer {
	uint64_t base, n_bytes; /* physical */
	uint32_t width, height, line_bytes;
	uint8_t bits;			    /* a pixel: 32 */
	uint8_t red, green, blue, reserved; /* the lowest bit of each, 8 bits wide */
};

/* From /sys/kernel/boot_params/data below root; -ENOENT when there is none that EFI can describe.
 */
must_check int framebuffer_read(const char *root, struct framebuffer *ret_framebuffer,
				struct why *why);
