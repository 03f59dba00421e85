// SPDX-License-Identifier: MIT
#include "boot/tree_file.h"
#include "base/fd.h"
#include "base/heap.h"
#include "firmware/media/file_path.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
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

static void end_listing(struct tree_file *f)
{
	if (f->listing)
		closedir(f->listing);
	f->listing = NULL;
}

static void forget_entries(struct tree_file *f)
{
	end_listing(f);
	while (f->n_entries)
		heap_bytes_free(f->heap, f->entry[--f->n_entries].name);
	heap_free(f->heap, f->entry);
	f->entry = NULL;
	f->room = 0;
}

static void tree_file_close(void *file)
{
	struct tree_file *f = file;

	/* an extra's is the tree's */
	if (f->fd >= 0 && !f->extra)
		close(f->fd);
	forget_entries(f);
	heap_bytes_free(f->heap, f->path);
	heap_free(f->heap, f);
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

static bool reserve(struct tree_file *f)
{
	const uint64_t room = f->room ? 2 * f->room : 64;
	struct tree_entry *entry;

	if (f->n_entries < f->room)
		return true;
	entry = heap_resize(f->heap, f->entry, room * sizeof(*entry));
	if (!entry)
		return false;
	f->entry = entry;
	f->room = room;
	return true;
}

static void note(struct tree_entry *e, const struct firmware_node *node)
{
	e->n_bytes = node->n_bytes;
	e->allocated = node->allocated;
	e->created = node->created;
	e->accessed = node->accessed;
	e->modified = node->modified;
	e->folder = node->folder;
	e->read_only = node->read_only;
}

static int add_entry(struct tree_file *f, int fd, const char *name, size_t n)
{
	struct firmware_node node;
	char text[256];
	char *copy;

	if (n >= sizeof(text))
		return 0;
	memcpy(text, name, n);
	text[n] = '\0';
	if (!file_name_can_be_opened(text) || describe(fd, text, &node) < 0 ||
	    (!node.folder && !tree_shows(f->tree, text)))
		return 0;
	copy = reserve(f) ? (char *)heap_bytes(f->heap, n + 1) : NULL;
	if (!copy)
		return -ENOMEM;
	memcpy(copy, text, n + 1);
	f->entry[f->n_entries] = (struct tree_entry){ .name = copy };
	note(&f->entry[f->n_entries++], &node);
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

static int begin_listing(struct tree_file *f)
{
	const int fd = f->fd < 0 ? -1 : tree_open_below(f->fd, "", O_RDONLY | O_DIRECTORY, 0);

	if (f->fd < 0 || fd < 0)
		return f->fd < 0 ? 0 : fd;
	f->listing = fdopendir(fd);
	if (f->listing)
		return 0;
	close(fd);
	return -ENOMEM;
}

/* -EAGAIN: some of them, there are more. Each is opened, which can take long on a slow disk. */
static int list_disk(struct tree_file *f)
{
	enum { NAMES_AT_ONCE = 64 };
	struct dirent *d;
	int r = 0;

	for (unsigned i = 0; f->listing && r == 0; i++) {
		if (i == NAMES_AT_ONCE)
			return -EAGAIN;
		d = readdir(f->listing);
		if (!d)
			end_listing(f);
		else if (strcmp(d->d_name, ".") && strcmp(d->d_name, ".."))
			r = add_name(f, d->d_name);
	}
	return r;
}

static struct tree_entry *find_entry(struct tree_file *f, const char *name, size_t n)
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
	struct firmware_node node;
	struct tree_entry *there;
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
		else if (!rest[n] && (r = describe(f->tree->extra[i].fd, rest, &node)) == 0)
			note(there, &node);
	}
	return r;
}

/* Go on with what was begun, or begin anew. */
static int list(struct tree_file *f)
{
	int r = 0;

	if (!f->listing) {
		forget_entries(f);
		r = begin_listing(f);
	}
	if (r == 0)
		r = list_disk(f);
	return r == 0 ? list_extras(f) : r;
}

static int tree_file_entry(void *file, uint64_t i, struct firmware_node *ret_node)
{
	struct tree_file *f = file;
	const struct tree_entry *e;
	int r = i == 0 ? list(f) : 0;

	if (r == -EAGAIN)
		return r;
	if (r < 0)
		forget_entries(f);
	if (r < 0 || i >= f->n_entries)
		return r < 0 ? r : -ENOENT;
	e = &f->entry[i];
	*ret_node = (struct firmware_node){
		.n_bytes = e->n_bytes,
		.allocated = e->allocated,
		.created = e->created,
		.accessed = e->accessed,
		.modified = e->modified,
		.folder = e->folder,
		.read_only = e->read_only,
	};
	strncpy(ret_node->name, e->name, sizeof(ret_node->name) - 1);
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
	/* and no bit by which who runs it becomes its owner */
	st.st_mode &= 0555;
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
