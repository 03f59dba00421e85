// SPDX-License-Identifier: MIT
#include "tool/tree.h"
#include "base/fd.h"
#include "firmware/file_path.h"
#include "firmware/text.h"

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

struct tree_file {
	struct tree *tree;
	char *path;
	int fd; /* -1: a folder that only extras lie in */
	struct firmware_node *entry;
	uint64_t n_entries;
};

static int open_below(int fd, const char *path, int flags, mode_t mode)
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
	int fd = open_below(folder, "", O_RDONLY | O_DIRECTORY, 0), r = -ENOENT;
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
static int spelled(const struct tree *tree, const char *path, char out[static FILE_PATH_BYTES])
{
	scoped_fd folder = -1;
	char found[256] = "";
	size_t at = 0, n;
	int fd, r;

	fd = open_below(tree->fd, path, O_PATH, 0);
	memcpy(out, path, strlen(path) + 1);
	if (fd >= 0) {
		close(fd);
		return 0;
	}
	if (fd != -ENOENT)
		return fd;
	folder = open_below(tree->fd, "", O_PATH | O_DIRECTORY, 0);
	for (; folder >= 0 && path[at]; at += n + (path[at + n] == '/')) {
		n = strcspn(path + at, "/");
		r = n < sizeof(found) ? find_name(folder, path + at, n, found) : -ENOENT;
		if (r < 0)
			return r;
		memcpy(out + at, found, n);
		fd = open_below(folder, found, O_PATH, 0);
		fd_close(&folder);
		folder = fd;
	}
	return folder < 0 ? folder : 0;
}

static struct tree_extra *find_extra(struct tree *tree, const char *path)
{
	for (unsigned i = 0; i < tree->n_extras; i++)
		if (!strcasecmp(tree->extra[i].path, path))
			return &tree->extra[i];
	return NULL;
}

/* The part of an extra's path that lies in this folder, or NULL. */
static const char *inside(const char *path, const char *folder)
{
	const size_t n = strlen(folder);

	if (n == 0)
		return path;
	return !strncasecmp(path, folder, n) && path[n] == '/' ? path + n + 1 : NULL;
}

static bool extras_inside(const struct tree *tree, const char *folder)
{
	for (unsigned i = 0; i < tree->n_extras; i++)
		if (inside(tree->extra[i].path, folder))
			return true;
	return false;
}

static int file_new(struct tree *tree, const char *path, int fd, void **ret_file)
{
	struct tree_file *f = calloc(1, sizeof(*f));

	if (f)
		f->path = strdup(path);
	if (!f || !f->path) {
		free(f);
		if (fd >= 0)
			close(fd);
		return -ENOMEM;
	}
	f->tree = tree;
	f->fd = fd;
	*ret_file = f;
	return 0;
}

/* Folders and files, and nothing that does things when it is opened. */
static int open_existing(struct tree *tree, const char *path, unsigned flags)
{
	scoped_fd fd = open_below(tree->fd, path, O_PATH, 0);
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return open_below(tree->fd, path, O_RDONLY | O_DIRECTORY, 0);
	if (!S_ISREG(st.st_mode))
		return -ENOENT;
	return open_below(tree->fd, path, flags & FIRMWARE_OPEN_WRITE ? O_RDWR : O_RDONLY, 0);
}

/* The folder that path lies in, and its last name. */
static int open_parent(struct tree *tree, const char *path, const char **ret_name)
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
	return open_below(tree->fd, exact, O_RDONLY | O_DIRECTORY, 0);
}

static int create(struct tree *tree, const char *path, unsigned flags)
{
	const char *name;
	scoped_fd folder = open_parent(tree, path, &name);

	if (folder < 0)
		return folder;
	if (!(flags & FIRMWARE_OPEN_FOLDER))
		return open_below(folder, name, O_RDWR | O_CREAT | O_EXCL, 0644);
	if (mkdirat(folder, name, 0755) < 0)
		return -errno;
	return open_below(folder, name, O_RDONLY | O_DIRECTORY, 0);
}

static int tree_file_open(void *context, const char *path, unsigned flags, void **ret_file)
{
	struct tree *tree = context;
	struct tree_extra *extra = find_extra(tree, path);
	char exact[FILE_PATH_BYTES];
	int fd, r;

	if (extra) {
		if (flags)
			return -EROFS;
		fd = fcntl(extra->fd, F_DUPFD_CLOEXEC, 0);
		return fd < 0 ? -errno : file_new(tree, extra->path, fd, ret_file);
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

static void tree_file_close(void *file)
{
	struct tree_file *f = file;

	if (f->fd >= 0)
		close(f->fd);
	free(f->entry);
	free(f->path);
	free(f);
}

static int describe(int fd, const char *name, struct firmware_node *ret_node)
{
	struct statx st;

	*ret_node = (struct firmware_node){ .folder = true };
	strncpy(ret_node->name, name, sizeof(ret_node->name) - 1);
	if (fd < 0)
		return 0;
	if (statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_BTIME, &st) < 0)
		return -errno;
	ret_node->folder = S_ISDIR(st.stx_mode);
	ret_node->n_bytes = st.stx_size;
	ret_node->allocated = st.stx_blocks * 512;
	ret_node->accessed = st.stx_atime.tv_sec;
	ret_node->modified = st.stx_mtime.tv_sec;
	ret_node->created = st.stx_mask & STATX_BTIME ? st.stx_btime.tv_sec : st.stx_mtime.tv_sec;
	ret_node->read_only = !(st.stx_mode & S_IWUSR);
	return S_ISDIR(st.stx_mode) || S_ISREG(st.stx_mode) ? 0 : -ENOENT;
}

static int tree_file_describe(void *file, struct firmware_node *ret_node)
{
	struct tree_file *f = file;

	return describe(f->fd, file_path_name(f->path), ret_node);
}

static int add_entry(struct tree_file *f, int fd, const char *name, size_t n)
{
	struct firmware_node *entry, node;
	uint16_t utf16[FILE_NAME_UNITS + 1];
	char text[256];
	uint64_t used;

	if (n >= sizeof(text))
		return 0;
	memcpy(text, name, n);
	text[n] = '\0';
	/* a name that has no UTF-16 form cannot be asked for either */
	if (!text_from_utf8(text, utf16, ARRAY_SIZE(utf16), &used) || describe(fd, text, &node) < 0)
		return 0;
	entry = reallocarray(f->entry, f->n_entries + 1, sizeof(*entry));
	if (!entry)
		return -ENOMEM;
	f->entry = entry;
	f->entry[f->n_entries++] = node;
	return 0;
}

/* One that lies on the disk; links are followed as far as they stay inside. */
static int add_name(struct tree_file *f, const char *name)
{
	char path[FILE_PATH_BYTES];
	scoped_fd fd = -1;

	if ((size_t)snprintf(path, sizeof(path), "%s%s%s", f->path, f->path[0] ? "/" : "", name) >=
	    sizeof(path))
		return 0;
	fd = open_below(f->tree->fd, path, O_PATH, 0);
	return fd < 0 ? 0 : add_entry(f, fd, name, strlen(name));
}

static int list_disk(struct tree_file *f)
{
	int fd = f->fd < 0 ? -1 : open_below(f->fd, "", O_RDONLY | O_DIRECTORY, 0), r = 0;
	struct dirent *d;
	DIR *dir;

	if (f->fd < 0 || fd < 0)
		return f->fd < 0 ? 0 : fd;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return -ENOMEM;
	}
	while (r == 0 && (d = readdir(dir)))
		if (strcmp(d->d_name, ".") && strcmp(d->d_name, ".."))
			r = add_name(f, d->d_name);
	closedir(dir);
	return r;
}

static struct firmware_node *find_entry(struct tree_file *f, const char *name, size_t n)
{
	for (uint64_t i = 0; i < f->n_entries; i++)
		if (!strncasecmp(f->entry[i].name, name, n) && !f->entry[i].name[n])
			return &f->entry[i];
	return NULL;
}

/* What is shown besides what lies there, or in its place: files, and folders that only they make.
 */
static int list_extras(struct tree_file *f)
{
	struct firmware_node *there;
	const char *rest;
	size_t n;
	int r = 0;

	for (unsigned i = 0; i < f->tree->n_extras && r == 0; i++) {
		rest = inside(f->tree->extra[i].path, f->path);
		if (!rest)
			continue;
		n = strcspn(rest, "/");
		there = find_entry(f, rest, n);
		if (!there)
			r = add_entry(f, rest[n] ? -1 : f->tree->extra[i].fd, rest, n);
		else if (!rest[n])
			r = describe(f->tree->extra[i].fd, rest, there);
	}
	return r;
}

static int tree_file_entry(void *file, uint64_t i, struct firmware_node *ret_node)
{
	struct tree_file *f = file;
	int r = 0;

	if (i == 0) {
		f->n_entries = 0;
		r = list_disk(f);
		if (r == 0)
			r = list_extras(f);
	}
	if (r < 0)
		return r;
	if (i >= f->n_entries)
		return -ENOENT;
	*ret_node = f->entry[i];
	return 0;
}

static int64_t tree_file_read(void *file, uint64_t offset, void *buf, uint64_t n)
{
	struct tree_file *f = file;
	uint64_t done = 0;
	ssize_t got;

	while (done < n) {
		got = pread(f->fd, (uint8_t *)buf + done, n - done, (off_t)(offset + done));
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		done += (uint64_t)got;
	}
	return (int64_t)done;
}

static int64_t tree_file_write(void *file, uint64_t offset, const void *buf, uint64_t n)
{
	struct tree_file *f = file;
	uint64_t done = 0;
	ssize_t put;

	while (done < n) {
		put = pwrite(f->fd, (const uint8_t *)buf + done, n - done, (off_t)(offset + done));
		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return done ? (int64_t)done : -errno;
		done += (uint64_t)put;
	}
	return (int64_t)done;
}

static int tree_file_change(void *file, const struct firmware_node *to, unsigned what)
{
	const struct timespec times[2] = { { .tv_sec = to->accessed }, { .tv_sec = to->modified } };
	struct tree_file *f = file;
	struct stat st;

	if (f->fd < 0 || fstat(f->fd, &st) < 0)
		return -EROFS;
	if (what & FIRMWARE_CHANGE_SIZE && ftruncate(f->fd, (off_t)to->n_bytes) < 0)
		return -errno;
	if (what & FIRMWARE_CHANGE_TIMES && futimens(f->fd, times) < 0)
		return -errno;
	st.st_mode &= ~(mode_t)(S_IFMT | 0222);
	if (what & FIRMWARE_CHANGE_READ_ONLY &&
	    fchmod(f->fd, st.st_mode | (to->read_only ? 0 : S_IWUSR)) < 0)
		return -errno;
	return 0;
}

static int tree_file_flush(void *file)
{
	struct tree_file *f = file;

	return f->fd >= 0 && fsync(f->fd) < 0 ? -errno : 0;
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
	const struct tree *tree = context;
	struct statvfs st;

	if (fstatvfs(tree->fd, &st) < 0)
		return -errno;
	*ret_total = st.f_blocks * st.f_frsize;
	*ret_free = st.f_bavail * st.f_frsize;
	*ret_block = (uint32_t)st.f_bsize;
	return 0;
}

int tree_open(const char *folder, bool writable, struct tree *ret_tree, struct why *why)
{
	int fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return why_errno(why, -errno, "%s", folder);
	*ret_tree = (struct tree){
		.fd = fd,
		.files = {
			.writable = writable,
			.space = tree_space,
			.open = tree_file_open,
			.rename = tree_rename,
			.remove = tree_remove,
			.close = tree_file_close,
			.describe = tree_file_describe,
			.change = tree_file_change,
			.entry = tree_file_entry,
			.read = tree_file_read,
			.write = tree_file_write,
			.flush = tree_file_flush,
		},
	};
	ret_tree->files.context = ret_tree;
	ret_tree->files.label = ret_tree->label;
	return 0;
}

int tree_add(struct tree *tree, const char *path, int fd)
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
	tree->extra[tree->n_extras++] = (struct tree_extra){ copy, fd };
	return 0;
}

void tree_close(struct tree *tree)
{
	for (unsigned i = 0; i < tree->n_extras; i++) {
		close(tree->extra[i].fd);
		free(tree->extra[i].path);
	}
	if (tree->fd >= 0)
		close(tree->fd);
	*tree = (struct tree){ .fd = -1 };
}
