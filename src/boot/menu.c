// SPDX-License-Identifier: MIT
#include "boot/menu.h"
#include "base/fd.h"
#include "boot/esp.h"
#include "boot/input.h"
#include "boot/menu_look.h"
#include "host/efivars.h"
#include "pe_machine.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A regular file of a folder, at most most bytes large (0: of any size). */
static int open_file(int folder, const char *name, uint64_t most, uint64_t *ret_bytes,
		     struct why *why)
{
	scoped_fd fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return why_errno(why, -errno, "cannot be read");
	if (!S_ISREG(st.st_mode))
		return why_set(why, -EINVAL, "is not a regular file");
	if (most && (uint64_t)st.st_size > most)
		return why_set(why, -EFBIG, "has %ju bytes, more than %ju", (uintmax_t)st.st_size,
			       (uintmax_t)most);
	*ret_bytes = (uint64_t)st.st_size;
	return fd_take(&fd);
}

static int read_text(int folder, const char *name, struct bytes *ret_text, struct why *why)
{
	uint64_t n;
	scoped_fd fd = open_file(folder, name, MENU_FILE_BYTES, &n, why);
	uint8_t *p;
	int r;

	if (fd < 0)
		return fd;
	p = malloc(n + 1);
	r = p ? input_read_at(&fd, 0, p, n) : -ENOMEM;
	if (r < 0) {
		free(p);
		return why_errno(why, r, "cannot be read");
	}
	*ret_text = (struct bytes){ p, n };
	return 0;
}

/* A file that can be read, or why there is none. */
static bool is_there(const char *root, const char *path, struct why *why)
{
	char full[2 * PATH_MAX];
	struct stat st;

	snprintf(full, sizeof(full), "%s%s", root, path);
	if (access(full, R_OK) < 0 || stat(full, &st) < 0)
		why_errno(why, -errno, "%.200s", path);
	else if (!S_ISREG(st.st_mode))
		why_set(why, -EINVAL, "%.200s: is not a regular file", path);
	else
		return true;
	return false;
}

/* A boot loader leaves out what has no kernel, and fails at an initrd that is not there. */
static void look_for_files(struct menu_entry *e)
{
	const char *program = e->kernel ? e->kernel : e->efi;

	struct why why;

	if (program && !is_there(e->root, program, &why)) {
		e->absent = true;
		e->why_not = why;
		return;
	}
	for (unsigned i = 0; i < e->n_initrds && !e->why_not.text[0]; i++)
		if (!is_there(e->root, e->initrd[i], &why))
			e->why_not = why;
}

static int add_type1(int folder, const char *path, const char *root, struct menu *menu,
		     struct why *why)
{
	const char *name = strrchr(path, '/') + 1;
	struct menu_entry e = { 0 };
	struct bytes text = { 0 };
	int r = read_text(folder, name, &text, why);

	if (r == 0)
		r = look_entry(name, text, &e, why);
	if (r == 0) {
		e.type = MENU_TYPE1;
		e.source = strdup(path);
		e.root = strdup(root);
		r = e.source && e.root ? 0 : why_errno(why, -ENOMEM, "entry");
	}
	if (r == 0) {
		menu_entry_judge(&e, PE_MACHINE_EFI_NAME);
		if (!e.absent)
			look_for_files(&e);
		r = menu_add(menu, &e, why);
	}
	input_free(&text);
	menu_entry_free(&e);
	return r;
}

static int add_type2(int folder, const char *path, const char *root, struct menu *menu,
		     struct why *why)
{
	uint64_t n;
	scoped_fd fd = open_file(folder, strrchr(path, '/') + 1, 0, &n, why);

	return fd < 0 ? fd : menu_read_image(fd, path, root, menu, why);
}

/* What is no entry is told of, and nothing more: the others are none the worse for it. */
static int read_folder(const char *root, const char *below, const char *suffix,
		       int (*add)(int, const char *, const char *, struct menu *, struct why *),
		       struct menu *menu, struct why *why)
{
	char path[PATH_MAX + 300];
	struct dirent *d;
	struct why one;
	DIR *dir;
	int r = 0;

	snprintf(path, sizeof(path), "%s%s", root, below);
	dir = opendir(path);
	if (!dir)
		return errno == ENOENT ? 0 : why_errno(why, -errno, "%s", path);
	while ((d = readdir(dir)) && r == 0) {
		if (d->d_name[0] == '.' || !esp_name_ends_in(d->d_name, suffix))
			continue;
		snprintf(path, sizeof(path), "%s%s/%s", root, below, d->d_name);
		r = add(dirfd(dir), path, root, menu, &one);
		if (r == -ENOMEM || r == -E2BIG) {
			*why = one;
		} else if (r < 0) {
			menu_problem(menu, path, &one);
			r = 0;
		}
	}
	closedir(dir);
	return r;
}

static int read_place(const char *root, struct menu *menu, struct why *why)
{
	int r;

	if (!root[0])
		return 0;
	if (access(root, R_OK | X_OK) < 0)
		return why_errno(why, -errno, "%s", root);
	r = read_folder(root, "/loader/entries", ".conf", add_type1, menu, why);
	if (r == 0)
		r = read_folder(root, "/EFI/Linux", ".efi", add_type2, menu, why);
	return r;
}

static int read_conf(const char *root, struct menu *menu, struct why *why)
{
	static const char name[] = "loader/loader.conf";
	scoped_fd folder = root[0] ? open(root, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	struct bytes text = { 0 };
	char path[PATH_MAX + sizeof(name)];
	struct why one;
	int r;

	if (!root[0])
		return 0;
	if (folder < 0)
		return why_errno(why, -errno, "%s", root);
	if (faccessat(folder, name, F_OK, 0) < 0 && errno == ENOENT)
		return 0;
	r = read_text(folder, name, &text, &one);
	if (r == 0)
		r = look_conf(text, &menu->pattern, &one);
	input_free(&text);
	if (r < 0 && r != -ENOMEM) {
		snprintf(path, sizeof(path), "%s/%s", root, name);
		menu_problem(menu, path, &one);
		r = 0;
	}
	return r < 0 ? why_errno(why, r, "boot menu") : 0;
}

static int take_variable(const struct host_variable *v, struct menu *menu, struct why *why)
{
	struct menu_pointers *p = &menu->pointers;
	const struct {
		const char *name;
		char **to;
	} rows[] = {
		{ "LoaderEntryOneShot", &p->one_shot },
		{ "LoaderEntryDefault", &p->chosen },
		{ "LoaderEntryLastBooted", &p->last_booted },
		{ "LoaderEntrySelected", &p->selected },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++)
		if (!strcmp(v->name, rows[i].name) && menu_name_of(v->data, rows[i].to) < 0)
			return why_errno(why, -ENOMEM, "%s", v->name);
	return strcmp(v->name, "LoaderEntries") ? 0 : menu_take_reported(menu, v->data, why);
}

/* Of systemd's boot loaders, and of others that do as they do. */
static int read_variables(const char *root, struct menu *menu, struct why *why)
{
	struct host_variables all;
	int r = host_variables_read(root, &all);

	if (r < 0)
		return why_errno(why, r, "variables");
	for (unsigned i = 0; i < all.n && r == 0; i++)
		if (!memcmp(all.variable[i].vendor, host_loader_vendor, 16))
			r = take_variable(&all.variable[i], menu, why);
	host_variables_free(&all);
	return r;
}

int menu_read(const char *root, const struct menu_places *places, struct menu *ret_menu,
	      struct why *why)
{
	struct menu menu = { 0 };
	int r = read_conf(places->esp, &menu, why);

	if (r == 0)
		r = read_place(places->esp, &menu, why);
	if (r == 0)
		r = read_place(places->xbootldr, &menu, why);
	if (r == 0 && root)
		r = read_variables(root, &menu, why);
	for (unsigned i = 0; i < menu.n; i++)
		if (menu.entry[i].type == MENU_LOADER || menu.entry[i].type == MENU_AUTO)
			menu_entry_judge(&menu.entry[i], PE_MACHINE_EFI_NAME);
	if (r == 0 && menu_finish(&menu) < 0)
		r = why_errno(why, -ENOMEM, "boot menu");
	if (r < 0) {
		menu_free(&menu);
		return r;
	}
	*ret_menu = menu;
	return 0;
}
