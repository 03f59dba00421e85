// SPDX-License-Identifier: MIT
#include "handover/record.h"
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

enum { RECORD_MAX_BYTES = 16384 };

static int open_dir(const char *dir)
{
	const int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* An initramfs may not have its parents yet. */
static int make_dir(const char *dir)
{
	const char *slash = strrchr(dir, '/');
	char parent[PATH_MAX];
	int r = mkdir(dir, 0755) < 0 ? -errno : 0;

	if (r == -ENOENT && slash && slash > dir && slash - dir < (ptrdiff_t)sizeof(parent)) {
		snprintf(parent, sizeof(parent), "%.*s", (int)(slash - dir), dir);
		r = make_dir(parent);
		if (r == 0)
			r = mkdir(dir, 0755) < 0 ? -errno : 0;
	}
	return r == -EEXIST ? 0 : r;
}

int record_lock(const char *dir, struct why *why)
{
	scoped_fd fd = -1;
	const int r = make_dir(dir);

	if (r < 0)
		return why_errno(why, r, "%s", dir);
	fd = open_dir(dir);
	if (fd < 0)
		return why_errno(why, fd, "%s", dir);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno == EWOULDBLOCK)
			return why_set(why, -EBUSY, "another bardo is staging an image");
		return why_errno(why, -errno, "%s: lock", dir);
	}
	return fd_take(&fd);
}

/* A name must not be able to add lines. */
static void one_line(const char *name, char line[static 256])
{
	snprintf(line, 256, "%s", name);
	for (char *c = line; *c; c++) {
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	}
}

/* One line per fact. */
static size_t print_record(const struct record *record, char *text, size_t n_bytes)
{
	char image[sizeof(record->image)];
	size_t at;
	unsigned i;

	one_line(record->image, image);
	at = (size_t)snprintf(text, n_bytes,
			      "image %s\nboot_id %s\ntime %" PRIu64 "\nentry 0x%" PRIx64 "\n",
			      image, record->boot_id, record->time, record->entry);
	if (record->by_file && at < n_bytes)
		at += (size_t)snprintf(text + at, n_bytes - at, "handover file\n");
	if (record->memory && at < n_bytes)
		at += (size_t)snprintf(text + at, n_bytes - at, "memory 0x%" PRIx64 "\n",
				       record->memory);
	if (record->generation[0] && at < n_bytes)
		at += (size_t)snprintf(text + at, n_bytes - at, "generation %s\n",
				       record->generation);
	if (record->measured[0] && at < n_bytes)
		at += (size_t)snprintf(text + at, n_bytes - at, "measured %s\n", record->measured);
	if (record->again[0] && at < n_bytes)
		at += (size_t)snprintf(text + at, n_bytes - at, "again %s\n", record->again);
	for (i = 0; i < record->n_segments && at < n_bytes; i++)
		at += (size_t)snprintf(text + at, n_bytes - at,
				       "segment 0x%" PRIx64 " 0x%" PRIx64 "\n",
				       record->segment[i].addr, record->segment[i].n_bytes);
	return at;
}

bool record_join(const char *const *word, unsigned n, char *ret_line, size_t room)
{
	size_t at = 0;
	unsigned i;

	for (i = 0; i < n; i++) {
		for (const char *c = word[i]; *c && at + 5 < room; c++)
			at += (size_t)snprintf(ret_line + at, room - at,
					       *c > ' ' && *c < 0x7f && *c != '%' ? "%c" : "%%%02x",
					       (unsigned char)*c);
		if (at + 5 >= room)
			return false;
		ret_line[at++] = ' ';
	}
	ret_line[at ? at - 1 : 0] = 0;
	return true;
}

/* In place: what comes out is never longer. */
static void decode(char *word)
{
	unsigned byte;
	char *to = word;

	for (; *word; word++) {
		if (*word == '%' && sscanf(word + 1, "%2x", &byte) == 1 && word[1] && word[2]) {
			*to++ = (char)byte;
			word += 2;
		} else {
			*to++ = *word;
		}
	}
	*to = 0;
}

unsigned record_words(char *line, char **ret_word, unsigned max)
{
	unsigned n = 0;
	char *word;

	/* not strtok: a word may be empty */
	while (n < max && (word = strsep(&line, " "))) {
		decode(word);
		ret_word[n++] = word;
	}
	return n;
}

int record_write(const char *dir, const struct record *record, struct why *why)
{
	char text[RECORD_MAX_BYTES], self[32];
	const size_t n = print_record(record, text, sizeof(text));
	scoped_fd dir_fd = open_dir(dir);
	scoped_fd fd = -1;

	if (dir_fd < 0)
		return why_errno(why, dir_fd, "%s", dir);
	if (n >= sizeof(text))
		return why_set(why, -EOVERFLOW, "%s/staged: longer than %zu bytes", dir,
			       sizeof(text));
	fd = openat(dir_fd, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0644);
	/* for others to see what is staged, whatever the mask says, and not to change */
	if (fd < 0 || fchmod(fd, 0644) < 0)
		return why_errno(why, -errno, "%s: a file without a name", dir);
	if (write(fd, text, n) != (ssize_t)n)
		return why_errno(why, -EIO, "%s/staged: write", dir);
	if (unlinkat(dir_fd, "staged", 0) < 0 && errno != ENOENT)
		return why_errno(why, -errno, "%s/staged", dir);
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	if (linkat(AT_FDCWD, self, dir_fd, "staged", AT_SYMLINK_FOLLOW) < 0)
		return why_errno(why, -errno, "%s/staged: link", dir);
	return 0;
}

int record_replacing(const char *dir, const char *image, struct why *why)
{
	char name[256], line[sizeof(name) + sizeof("replacing \n")];
	scoped_fd dir_fd = open_dir(dir);
	scoped_fd fd =
		dir_fd < 0 ? -1
			   : openat(dir_fd, "staged", O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
	int n;

	one_line(image, name);
	n = snprintf(line, sizeof(line), "replacing %s\n", name);
	if (fd < 0 || write(fd, line, (size_t)n) != n)
		return why_errno(why, fd < 0 ? -errno : -EIO, "%s/staged", dir);
	return 0;
}

int record_not_replaced(const char *dir, struct why *why)
{
	struct record record;
	int r = record_read(dir, &record, why);

	if (r < 0)
		return r;
	record.replacing[0] = 0;
	return record_write(dir, &record, why);
}

int record_remove(const char *dir, struct why *why)
{
	scoped_fd dir_fd = open_dir(dir);

	if (dir_fd == -ENOENT)
		return 0;
	if (dir_fd < 0)
		return why_errno(why, dir_fd, "%s", dir);
	if (unlinkat(dir_fd, "staged", 0) < 0 && errno != ENOENT)
		return why_errno(why, -errno, "%s/staged", dir);
	return 0;
}

/* One line into record; false when it is none we know. */
static bool parse_line(const char *line, struct record *record)
{
	struct purgatory_range s;

	if (strcmp(line, "handover file") == 0)
		return record->by_file = true;
	if (sscanf(line, "image %255[^\n]", record->image) == 1 ||
	    sscanf(line, "replacing %255[^\n]", record->replacing) == 1 ||
	    sscanf(line, "boot_id %39[0-9a-f-]", record->boot_id) == 1 ||
	    sscanf(line, "generation %79[!-~]", record->generation) == 1 ||
	    sscanf(line, "measured %39[0-9a-f]", record->measured) == 1 ||
	    sscanf(line, "again %4095[ -~]", record->again) == 1 ||
	    sscanf(line, "memory %" SCNx64, &record->memory) == 1 ||
	    sscanf(line, "time %" SCNu64, &record->time) == 1 ||
	    sscanf(line, "entry %" SCNx64, &record->entry) == 1)
		return true;
	if (sscanf(line, "segment %" SCNx64 " %" SCNx64, &s.addr, &s.n_bytes) != 2 ||
	    record->n_segments == PURGATORY_MAX_SEGMENTS)
		return false;
	record->segment[record->n_segments++] = s;
	return true;
}

static bool parse_record(char *text, struct record *record)
{
	char *save, *line;

	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (!parse_line(line, record))
			return false;
	}
	return record->boot_id[0] && !record->by_file == !!record->n_segments;
}

/* What it says is run by root: it must have been root, or whoever asks, that wrote it. */
static bool is_ours(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && !(st.st_mode & 022) &&
	       (st.st_uid == 0 || st.st_uid == geteuid());
}

static ssize_t read_text(int dir_fd, const char *path, char *text, size_t n_bytes)
{
	scoped_fd fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	ssize_t n;

	if (fd < 0)
		return -errno;
	if (dir_fd != AT_FDCWD && !is_ours(fd)) /* else it is of /proc */
		return -EPERM;
	n = read(fd, text, n_bytes - 1);
	if (n < 0)
		return -errno;
	text[n] = 0;
	return n;
}

int record_read(const char *dir, struct record *ret_record, struct why *why)
{
	struct record record = { 0 };
	char text[RECORD_MAX_BYTES];
	scoped_fd dir_fd = open_dir(dir);
	ssize_t n = dir_fd < 0 ? dir_fd : read_text(dir_fd, "staged", text, sizeof(text));

	if (n == -ENOENT)
		return why_set(why, -ENOENT, "nothing of bardo's is staged");
	if (n < 0)
		return why_errno(why, (int)n, "%s/staged", dir);
	if (!parse_record(text, &record))
		return why_set(why, -EBADMSG, "%s/staged: not a record of bardo's", dir);
	*ret_record = record;
	return 0;
}

int record_boot_id(char ret_boot_id[static 40], struct why *why)
{
	static const char path[] = "/proc/sys/kernel/random/boot_id";
	char text[64];
	const ssize_t n = read_text(AT_FDCWD, path, text, sizeof(text));

	if (n < 0)
		return why_errno(why, (int)n, "%s", path);
	if (n != 37 || text[36] != '\n')
		return why_set(why, -EBADMSG, "%s: is not a boot ID", path);
	memcpy(ret_boot_id, text, 36);
	ret_boot_id[36] = 0;
	return 0;
}
