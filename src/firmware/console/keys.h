/* SPDX-License-Identifier: MIT */
#pragma once
/* What a terminal sends for a key, as UEFI names it (12.3, EFI_INPUT_KEY). Pure. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct key {
	uint16_t scan_code, unicode;
	uint32_t shift_state; /* EFI_KEY_STATE's KeyShiftState, 0 when none is known */
};

enum {
	SCAN_UP = 0x01,
	SCAN_DOWN,
	SCAN_RIGHT,
	SCAN_LEFT,
	SCAN_HOME,
	SCAN_END,
	SCAN_INSERT,
	SCAN_DELETE,
	SCAN_PAGE_UP,
	SCAN_PAGE_DOWN,
	SCAN_F1,
	SCAN_F11 = 0x15,
	SCAN_F12,
	SCAN_ESC = 0x17,
	SHIFT_STATE_VALID = 0x80000000U,
	SHIFT_PRESSED = 0x01,
	CONTROL_PRESSED = 0x08, /* the left one */
	ALT_PRESSED = 0x20,	/* the left one */
};

/*
 * Take one key off n > 0 bytes. Returns the bytes it took; 0 when they may be
 * the beginning of a longer sequence. With final, nothing
 * is waited for: an escape alone is the Esc key. A key that UEFI has no name for
 * has scan_code and unicode 0.
 */
size_t key_decode(const uint8_t *p, size_t n, bool final, struct key *ret_key);
