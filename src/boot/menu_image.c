// SPDX-License-Identifier: MIT
/*
 * Unified kernel images as entries. They are large, and only a few sections are wanted: a process
 * that can do nothing looks at the mapped file and says what they are.
 */
#include "boot/menu.h"
#include "boot/menu_look.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum { MAX_PROFILES = 64 };

static int add_profile(struct bytes file, unsigned number, const char *path, const char *root,
		       struct menu *menu, unsigned *ret_count, struct why *why)
{
	struct menu_entry e = { 0 };
	unsigned count;
	int r = look_unified(strrchr(path, '/') + 1, file, number, &e, &count, why);

	if (r < 0)
		return r;
	e.type = MENU_TYPE2;
	e.source = strdup(path);
	e.root = strdup(root);
	e.kernel = strdup(path + strlen(root));
	r = e.source && e.root && e.kernel ? menu_add(menu, &e, why)
					   : why_errno(why, -ENOMEM, "image");
	if (r == 0)
		*ret_count = count;
	menu_entry_free(&e);
	return r;
}

int menu_read_image(int fd, const char *path, const char *root, struct menu *menu, struct why *why)
{
	unsigned count = 1;
	struct stat st;
	struct bytes file;
	int r = 0;

	if (fstat(fd, &st) < 0)
		return why_errno(why, -errno, "image");
	if (st.st_size == 0)
		return why_set(why, -EINVAL, "is empty");
	file.n = (size_t)st.st_size;
	file.p = mmap(NULL, file.n, PROT_READ, MAP_PRIVATE, fd, 0);
	if (file.p == MAP_FAILED)
		return why_errno(why, -errno, "image");
	for (unsigned i = 0; i < count && i < MAX_PROFILES && r == 0; i++)
		r = add_profile(file, i, path, root, menu, &count, why);
	munmap((void *)file.p, file.n);
	return r;
}
