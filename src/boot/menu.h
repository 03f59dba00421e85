/* SPDX-License-Identifier: MIT */
#pragma once
/* The boot menu of this machine: read from its partitions and its firmware's variables. */
#include "menu/menu.h"

#include <limits.h>

/* Folders where the partitions that have it are mounted; "": there is none. */
struct menu_places {
	char esp[PATH_MAX], xbootldr[PATH_MAX];
};

/* Those of the running system, where systemd looks for them. None is no error. */
void menu_places_find(struct menu_places *ret_places);

/*
 * All entries, in order. A file that is wrong is one of menu->problem and nothing more. The
 * variables are those below root, "" or a folder of made-up files; NULL: none count.
 */
must_check int menu_read(const char *root, const struct menu_places *places, struct menu *ret_menu,
			 struct why *why);

/* The image behind fd, which is path, below root: each of its profiles is an entry. */
must_check int menu_read_image(int fd, const char *path, const char *root, struct menu *menu,
			       struct why *why);
