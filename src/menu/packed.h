/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * An entry without pointers, as a process says it that has looked into an entry's file. The file
 * may have taken that process over: menu_unpack() takes what menu_pack() can have made, and nothing
 * else. Pure.
 */
#include "menu/entry.h"

enum {
	MENU_PACKED_NAMED = 12, /* texts besides paths of initrds */
	MENU_PACKED_TEXTS = MENU_PACKED_NAMED + MENU_INITRDS,
	MENU_PACKED_BYTES = MENU_FILE_BYTES + 4096, /* no text is longer than what it was made of */
};

struct menu_packed {
	int32_t error; /* negative: it is no entry, and why says why not */
	int32_t tries_left, tries_done;
	uint32_t n_bytes[MENU_PACKED_TEXTS]; /* with the 0 behind each; 0: nothing is said */
	struct why why, why_not;
	char text[MENU_PACKED_BYTES]; /* one behind the other */
};

/* packed is all zeros before. Where entry does not fit, that is packed->error. */
void menu_pack(const struct menu_entry *entry, struct menu_packed *packed);

/*
 * 0 and an entry to be freed; or a negative errno and a reason that can be shown: what packed says,
 * or that it says what cannot be. Which file it is about who has asked knows: type, source and root
 * are not set.
 */
must_check int menu_unpack(const struct menu_packed *packed, struct menu_entry *ret_entry,
			   struct why *why);
