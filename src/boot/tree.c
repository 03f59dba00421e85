// SPDX-License-Identifier: MIT
#include "boot/tree_file.h"
#include "base/fd.h"
#include "base/heap.h"
#include "firmware/media/file_path.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

int tree_open_below(int fd, const char *path, int flags, mode_t mode)
{
	const struct open_how how = {
		/* beside O_PATH openat2 takes no flag that would do nothing */
		.flags = (uint64_t)(flags | O_CLOEXEC |
				    (flags & O_PATH ? 0 : O_NOCTTY | O_NONBLOCK)),
		.mode = mode,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV,
	};
	long r;

	do
		r = syscall(SYS_openat2, fd, path[0] ? path : ".", &how, sizeof(how));
	while (r < 0 && errno == EAGAIN);
	return r < 0 ? -errno : (int)r;
}

/* What lies there as it is spelled there, upper and lower case being the same. */
static int find_name(int folder, const char *name, size_t n, char ret_name[static 256])
{
	int fd = tree_open_below(folder, "", O_RDONLY | O_DIRECTORY, 0), r = -ENOENT;
	struct dirent *d;
	DIR *dir;

	if (fd < 0)
		return fd;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return -ENOMEM;
	}
	while (r && (d = readdir(dir)))
		if (strlen(d->d_name) == n && !strncasecmp(d->d_name, name, n)) {
			memcpy(ret_name, d->d_name, n + 1);
			r = 0;
		}
	closedir(dir);
	return r;
}

/*
 * The path as the folders spell it, name by name, as far as they know them: the
 * rest stays as it is. Where it is spelled so already, nothing is read.
 */
static int spelled(const struct host_tree *tree, const char *path, char out[static FILE_PATH_BYTES])
{
	scoped_fd folder = -1;
	char found[256] = "";
	size_t at = 0, n;
	int fd, r;

	fd = tree_open_below(tree->fd, path, O_PATH, 0);
	memcpy(out, path, strlen(path) + 1);
	if (fd >= 0) {
		close(fd);
		return 0;
	}
	if (fd != -ENOENT)
		return fd;
	folder = tree_open_below(tree->fd, "", O_PATH | O_DIRECTORY, 0);
	for (; folder >= 0 && path[at]; at += n + (path[at + n] == '/')) {
		n = strcspn(path + at, "/");
		r = n < sizeof(found) ? find_name(folder, path + at, n, found) : -ENOENT;
		if (r < 0)
			return r;
		memcpy(out + at, found, n);
		fd = tree_open_below(folder, found, O_PATH, 0);
		fd_close(&folder);
		folder = fd;
	}
	return folder < 0 ? folder : 0;
}

static struct tree_extra *find_extra(struct host_tree *tree, const char *path)
{
	for (unsigned i = 0; i < tree->n_extras; i++)
		if (!strcasecmp(tree->extra[i].path, path))
			return &tree->extra[i];
	return NULL;
}

static bool extras_inside(const struct host_tree *tree, const char *folder)
{
	for (unsigned i = 0; i < tree->n_extras; i++)
		if (tree_inside(tree->extra[i].path, folder))
			return true;
	return false;
}

static int file_new(struct host_tree *tree, const char *path, int fd, void **ret_file)
{
	struct heap *heap = tree->files.heap;
	struct tree_file *f = heap_new(heap, sizeof(*f));
	const size_t n = strlen(path) + 1;

	if (f)
		f->path = (char *)heap_bytes(heap, n);
	if (!f || !f->path) {
		heap_free(heap, f);
		if (fd >= 0)
			close(fd);
		return -ENOMEM;
	}
	memcpy(f->path, path, n);
	f->heap = heap;
	f->tree = tree;
	f->fd = fd;
	*ret_file = f;
	return 0;
}

bool tree_shows(const struct host_tree *tree, const char *path)
{
	static const char end[] = ".efi";
	const size_t n = strlen(path), n_end = sizeof(end) - 1;

	return !tree->only_images || (n > n_end && !strcasecmp(path + n - n_end, end));
}

/* Folders and files, and nothing that does things when it is opened. */
static int open_existing(struct host_tree *tree, const char *path, unsigned flags)
{
	scoped_fd fd = tree_open_below(tree->fd, path, O_PATH, 0);
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return tree_open_below(tree->fd, path, O_RDONLY | O_DIRECTORY, 0);
	if (!S_ISREG(st.st_mode) || !tree_shows(tree, path))
		return -ENOENT;
	return tree_open_below(tree->fd, path, flags & FIRMWARE_OPEN_WRITE ? O_RDWR : O_RDONLY, 0);
}

/* The folder that path lies in, and its last name. */
static int open_parent(struct host_tree *tree, const char *path, const char **ret_name)
{
	char folder[FILE_PATH_BYTES], exact[FILE_PATH_BYTES];
	const size_t n = file_path_folder(path);
	int r;

	memcpy(folder, path, n);
	folder[n] = '\0';
	r = spelled(tree, folder, exact);
	if (r < 0)
		return r;
	*ret_name = file_path_name(path);
	return tree_open_below(tree->fd, exact, O_RDONLY | O_DIRECTORY, 0);
}

static int create(struct host_tree *tree, const char *path, unsigned flags)
{
	const char *name;
	scoped_fd folder = open_parent(tree, path, &name);

	if (folder < 0)
		return folder;
	if (!(flags & FIRMWARE_OPEN_FOLDER))
		return tree_open_below(folder, name, O_RDWR | O_CREAT | O_EXCL, 0644);
	if (mkdirat(folder, name, 0755) < 0)
		return -errno;
	return tree_open_below(folder, name, O_RDONLY | O_DIRECTORY, 0);
}

static int tree_file_open(void *context, const char *path, unsigned flags, void **ret_file)
{
	struct host_tree *tree = context;
	struct tree_extra *extra = find_extra(tree, path);
	char exact[FILE_PATH_BYTES];
	int fd, r;

	if (extra) {
		if (flags)
			return -EROFS;
		r = file_new(tree, extra->path, -1, ret_file);
		if (r == 0) {
			((struct tree_file *)*ret_file)->extra = extra;
			((struct tree_file *)*ret_file)->fd = extra->fd;
		}
		return r;
	}
	r = spelled(tree, path, exact);
	if (r == 0)
		fd = open_existing(tree, exact, flags);
	else if (r == -ENOENT && !flags && extras_inside(tree, path))
		return file_new(tree, path, -1, ret_file);
	else
		fd = r == -ENOENT && flags & FIRMWARE_OPEN_CREATE ? create(tree, path, flags) : r;
	return fd < 0 ? fd : file_new(tree, r == 0 ? exact : path, fd, ret_file);
}

static int tree_rename(void *context, const char *from, const char *to)
{
	const char *from_name, *to_name;
	scoped_fd from_folder = -1, to_folder = -1;
	char exact[FILE_PATH_BYTES];
	int r;

	if (find_extra(context, from) || find_extra(context, to))
		return -EROFS;
	r = spelled(context, from, exact);
	if (r < 0)
		return r;
	from_folder = open_parent(context, exact, &from_name);
	to_folder = open_parent(context, to, &to_name);
	if (from_folder < 0 || to_folder < 0)
		return from_folder < 0 ? from_folder : to_folder;
	return renameat2(from_folder, from_name, to_folder, to_name, RENAME_NOREPLACE) < 0 ? -errno
											   : 0;
}

static int tree_remove(void *context, const char *path)
{
	char exact[FILE_PATH_BYTES];
	scoped_fd folder = -1;
	const char *name;
	struct stat st;
	int r;

	if (find_extra(context, path))
		return -EROFS;
	r = spelled(context, path, exact);
	if (r < 0)
		return r;
	folder = open_parent(context, exact, &name);
	if (folder < 0)
		return folder;
	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return unlinkat(folder, name, S_ISDIR(st.st_mode) ? AT_REMOVEDIR : 0) < 0 ? -errno : 0;
}

static int tree_space(void *context, uint64_t *ret_total, uint64_t *ret_free, uint32_t *ret_block)
{
	const struct host_tree *tree = context;
	struct statvfs st;

	if (fstatvfs(tree->fd, &st) < 0)
		return -errno;
	*ret_total = st.f_blocks * st.f_frsize;
	*ret_free = st.f_bavail * st.f_frsize;
	*ret_block = (uint32_t)st.f_bsize;
	return 0;
}

void tree_begin(struct host_tree *tree, int fd, bool writable)
{
	*tree = (struct host_tree){
		.fd = fd,
		.files = {
			.context = tree,
			.label = tree->label,
			.writable = writable,
			.space = tree_space,
			.open = tree_file_open,
			.rename = tree_rename,
			.remove = tree_remove,
		},
	};
	tree_file_functions(&tree->files);
}

int tree_open(const char *folder, bool writable, struct host_tree *ret_tree, struct why *why)
{
	int fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return why_errno(why, -errno, "%s", folder);
	tree_begin(ret_tree, fd, writable);
	return 0;
}

int tree_add(struct host_tree *tree, const char *path, int fd, const char *given)
{
	struct tree_extra *extra = find_extra(tree, path);
	char *copy;

	if (extra)
		return -EEXIST;
	if (tree->n_extras == TREE_MAX_EXTRAS)
		return -E2BIG;
	copy = strdup(path);
	if (!copy)
		return -ENOMEM;
	tree->extra[tree->n_extras++] =
		(struct tree_extra){ .path = copy, .fd = fd, .given = given };
	return 0;
}

void tree_close(struct host_tree *tree)
{
	for (unsigned i = 0; i < tree->n_extras; i++) {
		close(tree->extra[i].fd);
		free(tree->extra[i].path);
	}
	if (tree->fd >= 0)
		close(tree->fd);
	*tree = (struct host_tree){ .fd = -1 };
}
