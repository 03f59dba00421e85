/* SPDX-License-Identifier: MIT */
#pragma once
/* From an entry of the boot menu, or none at all, to an image and its options. */
#include "boot/menu.h"
#include "boot/request.h"

enum { REUSED_BYTES = 4096 };

/* All zeros are fine; the request it was made for points into it. */
struct choice {
	struct menu menu;
	const struct menu_entry *entry; /* of the menu; NULL: of none */
	enum menu_choice by;
	char *path[1 + MENU_INITRDS]; /* of kernel and initrds, on the host */
	unsigned n_paths;
	char cmdline[REUSED_BYTES]; /* of the running kernel */
};

/*
 * Complete what request leaves open: an image, from the menu of the running system or of the folder
 * that request->esp names, its command line and initrds; the running kernel's command line. -ENOENT
 * where there is no such entry, or no menu.
 */
must_check int choice_make(struct boot_request *request, struct choice *ret_choice,
			   struct why *why);
void choice_free(struct choice *choice);

/*
 * A command line of a running kernel without what its boot loader has put in: BOOT_IMAGE=, initrd=.
 * False when it does not fit.
 */
bool choice_reused_cmdline(const char *running, char to[static REUSED_BYTES]);
