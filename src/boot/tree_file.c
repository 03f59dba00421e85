// SPDX-License-Identifier: MIT
#include "boot/tree_file.h"
#include "base/fd.h"
#include "firmware/media/file_path.h"
#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *tree_inside(const char *path, const char *folder)
{
	const size_t n = strlen(folder);

	if (n == 0)
		return path;
	return !strncasecmp(path, folder, n) && path[n] == '/' ? path + n + 1 : NULL;
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
	fd = tree_open_below(f->tree->fd, path, O_PATH, 0);
	return fd < 0 ? 0 : add_entry(f, fd, name, strlen(name));
}

static int list_disk(struct tree_file *f)
{
	int fd = f->fd < 0 ? -1 : tree_open_below(f->fd, "", O_RDONLY | O_DIRECTORY, 0), r = 0;
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
		rest = tree_inside(f->tree->extra[i].path, f->path);
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
	struct stat st;
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
	if (f->extra && fstat(f->fd, &st) == 0 && offset + done >= (uint64_t)st.st_size)
		f->extra->read = true;
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

void tree_file_functions(struct firmware_file_system *files)
{
	files->close = tree_file_close;
	files->describe = tree_file_describe;
	files->change = tree_file_change;
	files->entry = tree_file_entry;
	files->read = tree_file_read;
	files->write = tree_file_write;
	files->flush = tree_file_flush;
}
