/* SPDX-License-Identifier: MIT */
#pragma once
/* UTF-16 of the image, UTF-8 of the world. Pure. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * text in UTF-16 with a 0 behind it, into room characters at out (any alignment). *ret_n
 * counts them without the 0. False when text is no UTF-8 or does not fit.
 */
bool text_from_utf8(const char *text, void *out, uint64_t room, uint64_t *ret_n);

/* Unit i of UTF-16 at any alignment. */
uint16_t text_char(const void *text, size_t i);

/*
 * One character of n at text into out (at most 4 bytes, no 0 behind); half a
 * surrogate pair becomes U+FFFD. *ret_used: 16-bit units taken. Returns bytes written.
 */
size_t text_to_utf8(const void *text, size_t n, char out[static 4], size_t *ret_used);

/* One character of n > 0 bytes; bytes that are none become U+FFFD. Returns bytes taken, 0: cut off.
 */
size_t text_decode_utf8(const uint8_t *p, size_t n, uint32_t *ret_char);

/* Question marks for what is no UTF-8, and for what a terminal would obey, line ends included. */
void text_clean(char *text);

/*
 * Would a terminal do something at it instead of showing it? C0, DEL, and C1, among which
 * U+009B does what ESC [ does.
 */
static inline bool text_is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0);
}
