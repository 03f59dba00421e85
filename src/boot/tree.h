/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * A folder of the host as a file system of the firmware. Nothing outside it can
 * be reached: every name goes through openat2(2) below its descriptor, and where
 * another file system is mounted inside, the tree ends.
 */
#include "base/why.h"
#include "firmware/firmware.h"

enum { TREE_MAX_EXTRAS = 256 };

/* A file of somewhere else that is shown as if it lay in the tree. */
struct tree_extra {
	char *path;	   /* in the tree */
	const char *given; /* by whom it was asked to be there, or NULL: nobody misses it */
	bool read;	   /* to its end */
	int fd;
};

struct host_tree {
	int fd; /* O_PATH, of the folder */
	char label[64];
	struct tree_extra extra[TREE_MAX_EXTRAS];
	unsigned n_extras;
	/*
	 * Of files, only *.efi are there: what the image loads is judged, and what it reads is not.
	 * For all that is opened, not once for what lies there at some time.
	 */
	bool only_images;
	struct firmware_file_system files;
};

must_check int tree_open(const char *folder, bool writable, struct host_tree *ret_tree,
			 struct why *why);
/* The same of a folder that is open; takes fd over, which may be -1 until somebody opens a file. */
void tree_begin(struct host_tree *tree, int fd, bool writable);
/* Show a file as path; takes fd over when it succeeds. given is kept, see above. */
must_check int tree_add(struct host_tree *tree, const char *path, int fd, const char *given);
void tree_close(struct host_tree *tree);
