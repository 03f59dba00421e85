/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * The files of a boot menu. Whoever writes to a partition has made them: a process that can do
 * nothing looks into them, and what that says is looked at here.
 */
#include "menu/entry.h"

/*
 * Each 0, or a negative errno and why it is none. Of an entry type, source and root are not set.
 */

/* A type 1 file. */
must_check int look_entry(const char *name, struct bytes text, struct menu_entry *ret_entry,
			  struct why *why);
/* Profile number of a unified kernel image, and how many it has. */
must_check int look_unified(const char *name, struct bytes file, unsigned number,
			    struct menu_entry *ret_entry, unsigned *ret_count, struct why *why);
/* loader.conf's pattern, to be freed; NULL: it has none. */
must_check int look_conf(struct bytes text, char **ret_pattern, struct why *why);
