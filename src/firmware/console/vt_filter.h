/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Bytes for a terminal from somebody who may not be trusted with it: text, and of the control
 * sequences those that move the cursor, erase and colour. What remains of a terminal's skills
 * (its title, the clipboard, answers that it types itself) is not for images. Pure.
 */
#include <stddef.h>
#include <stdint.h>

enum { VT_FILTER_ROOM = 32 };

struct vt_filter {
	uint8_t held[VT_FILTER_ROOM]; /* the beginning of a sequence or of a character */
	unsigned n;
};

/* One more byte; returns how many bytes at out may go to the terminal now. */
size_t vt_filter_byte(struct vt_filter *f, uint8_t byte, char out[static VT_FILTER_ROOM]);
