/* SPDX-License-Identifier: MIT */
#pragma once
/* An open file or folder of a tree; for tree.c and tree_file.c alone. */
#include "boot/tree.h"

#include <dirent.h>
#include <sys/types.h>

struct tree_file {
	struct host_tree *tree;
	char *path;
	int fd;			  /* -1: a folder that only extras lie in */
	struct tree_extra *extra; /* that it is, or NULL */
	struct heap *heap;	  /* that all of this is in */
	struct tree_entry *entry;
	uint64_t n_entries, room;
	DIR *listing; /* what is still to be listed, or NULL */
};

/* One name of a folder's contents; the image can have made it, so it lies among its bytes. */
struct tree_entry {
	char *name;
	uint64_t n_bytes, allocated;
	int64_t created, accessed, modified;
	bool folder, read_only;
};

/* openat2(2) that never leaves the folder fd; "" is that folder. A descriptor or a negative errno.
 */
int tree_open_below(int fd, const char *path, int flags, mode_t mode);
/* Is a file of this name there for the image? */
bool tree_shows(const struct host_tree *tree, const char *path);
/* The part of an extra's path that lies in this folder, or NULL. */
const char *tree_inside(const char *path, const char *folder);
/* Fill in what is done with an open file. */
void tree_file_functions(struct firmware_file_system *files);
