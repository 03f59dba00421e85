// SPDX-License-Identifier: MIT
#include "host/efivars.h"
#include "base/fd.h"
#include "host/file.h"
#include "host/guid_text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdio.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/vfs.h>
#include <unistd.h>

static const char folder[] = "/sys/firmware/efi/efivars";

/* The same in digits. */
#define LOADER_VENDOR "4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"
const uint8_t host_loader_vendor[16] = { 0x82, 0xb0, 0x67, 0x4a, 0x4c, 0x0a, 0xcf, 0x41,
					 0xb6, 0xc7, 0x44, 0x0b, 0x29, 0xbb, 0x8c, 0x4f };

enum { MAX_VARIABLES = 4096, ATTRIBUTE_BYTES = 4 };

static void variable_free(struct host_variable *v)
{
	free(v->name);
	free(v->content);
}

void host_variables_free(struct host_variables *variables)
{
	for (unsigned i = 0; i < variables->n; i++)
		variable_free(&variables->variable[i]);
	free(variables->variable);
	*variables = (struct host_variables){ 0 };
}

/* A file NAME-GUID that holds four bytes of attributes, then the data. -ENODATA: is none. */
static int read_one(const char *dir, const char *file, struct host_variable *ret_variable)
{
	const size_t n = strlen(file);
	struct host_variable v = { 0 };
	char path[PATH_MAX];
	struct host_file f = { 0 };
	struct bytes content;
	int r;

	if (n < GUID_DIGITS + 2 || file[n - GUID_DIGITS - 1] != '-' ||
	    !guid_parse(file + n - GUID_DIGITS, GUID_DIGITS, v.vendor))
		return -ENODATA;
	snprintf(path, sizeof(path), "/%s", file);
	r = host_file_read(dir, path, &f);
	if (r < 0)
		return r;
	content = (struct bytes){ (const uint8_t *)f.text, f.n_bytes };
	if (!bytes_le32(content, 0, &v.attributes) ||
	    !bytes_sub(content, ATTRIBUTE_BYTES, content.n - ATTRIBUTE_BYTES, &v.data)) {
		host_file_free(&f);
		return -ENODATA;
	}
	v.name = strndup(file, n - GUID_DIGITS - 1);
	if (!v.name) {
		host_file_free(&f);
		return -ENOMEM;
	}
	v.content = f.text;
	*ret_variable = v;
	return 0;
}

static int by_name(const void *a, const void *b)
{
	const struct host_variable *va = a, *vb = b;
	int r = strcmp(va->name, vb->name);

	return r ? r : memcmp(va->vendor, vb->vendor, sizeof(va->vendor));
}

/*
 * An initrd, for one, mounts no efivarfs, and what the last boot left in memory stands in
 * variables: a mount of our own then, which hangs in no tree. Negative where that is not needed, or
 * does not go.
 */
static int mount_own(const char *root)
{
	scoped_fd fd = -1;
	struct statfs fs;

	if (*root || !host_file_exists("", "/sys/firmware/efi") ||
	    (statfs(folder, &fs) == 0 && fs.f_type == EFIVARFS_MAGIC))
		return -1;
	fd = fsopen("efivarfs", FSOPEN_CLOEXEC);
	if (fd < 0 || fsconfig(fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -1;
	return fsmount(fd, FSMOUNT_CLOEXEC, MOUNT_ATTR_RDONLY);
}

int host_variables_read(const char *root, struct host_variables *ret_variables)
{
	scoped_fd own = mount_own(root);
	struct host_variables all = { 0 };
	struct host_variable v, *more;
	char path[PATH_MAX];
	struct dirent *d;
	DIR *dir;
	int r = 0;

	if (own < 0)
		snprintf(path, sizeof(path), "%s%s", root, folder);
	else
		snprintf(path, sizeof(path), "/proc/self/fd/%d", own);
	dir = opendir(path);
	while (dir && all.n < MAX_VARIABLES && r != -ENOMEM && (d = readdir(dir))) {
		r = read_one(path, d->d_name, &v);
		if (r < 0)
			continue;
		more = reallocarray(all.variable, all.n + 1, sizeof(*more));
		if (!more) {
			variable_free(&v);
			r = -ENOMEM;
			continue;
		}
		all.variable = more;
		all.variable[all.n++] = v;
	}
	if (dir)
		closedir(dir);
	if (r == -ENOMEM) {
		host_variables_free(&all);
		return r;
	}
	/* whatever order the folder has, the image is to see the same one each time */
	if (all.n)
		qsort(all.variable, all.n, sizeof(*all.variable), by_name);
	*ret_variables = all;
	return 0;
}

/* efivarfs guards most variables against rm(1) with this flag; file systems without it have none.
 */
static void make_mutable(int fd)
{
	int flags;

	if (ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0 || !(flags & FS_IMMUTABLE_FL))
		return;
	flags &= ~FS_IMMUTABLE_FL;
	ioctl(fd, FS_IOC_SETFLAGS, &flags);
}

int host_loader_variable_remove(const char *root, const char *name)
{
	char path[PATH_MAX];
	scoped_fd fd = -1;

	snprintf(path, sizeof(path), "%s%s/%s-" LOADER_VENDOR, root, folder, name);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	make_mutable(fd);
	return unlink(path) < 0 ? -errno : 0;
}
