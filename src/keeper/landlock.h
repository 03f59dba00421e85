/* SPDX-License-Identifier: MIT */
#pragma once
/* Landlock by its system calls: which files this process and its children can open from now on. */
#include "base/util.h"

#include <stdbool.h>

/* A folder, all that lies below it. */
struct landlock_tree {
	int fd; /* may be O_PATH */
	bool writable;
};

/*
 * From now on nothing but trees can be opened, run or changed, no TCP port used and nobody outside
 * signalled, as far as this kernel's Landlock knows of such things. Needs no_new_privs. 0 or a
 * negative errno; then nothing has changed.
 */
must_check int landlock_restrict(const struct landlock_tree *tree, unsigned n_trees);
