/* SPDX-License-Identifier: MIT */
#pragma once
/* A folder of made-up /proc and /sys files, gone when tree_drop() says so. */
#include "tap.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct tree {
	char root[64];
};

static inline struct tree tree_new(void)
{
	struct tree t = { "/tmp/bardo-tree-XXXXXX" };

	require(mkdtemp(t.root) != NULL);
	return t;
}

/* The path below the root; the folders on the way to it are made. */
static inline const char *tree_path(const struct tree *t, const char *path)
{
	static char full[512];

	snprintf(full, sizeof(full), "%s%s", t->root, path);
	for (char *slash = strchr(full + strlen(t->root) + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = 0;
		mkdir(full, 0755);
		*slash = '/';
	}
	return full;
}

static inline void tree_put_bytes(const struct tree *t, const char *path, const void *p, size_t n)
{
	int fd = open(tree_path(t, path), O_WRONLY | O_CREAT | O_TRUNC, 0644);
	bool ok = fd >= 0 && write(fd, p, n) == (ssize_t)n;

	close(fd);
	if (!ok)
		tap_require(false, __FILE__, __LINE__, path);
}

static inline void tree_put(const struct tree *t, const char *path, const char *text)
{
	tree_put_bytes(t, path, text, strlen(text));
}

static inline void tree_link(const struct tree *t, const char *path, const char *target)
{
	const char *full = tree_path(t, path);

	unlink(full);
	if (symlink(target, full) < 0)
		tap_require(false, __FILE__, __LINE__, path);
}

static inline void tree_remove(const struct tree *t, const char *path)
{
	remove(tree_path(t, path));
}

static inline int tree_remove_one(const char *path, const struct stat *st, int type,
				  struct FTW *ftw)
{
	return remove(path);
}

static inline void tree_drop(const struct tree *t)
{
	nftw(t->root, tree_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}
