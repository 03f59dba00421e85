// SPDX-License-Identifier: MIT
/* Which files there are on the disks of --disk: the image's own, those that are mounted, others. */
#include "boot/disk.h"
#include "boot/disk_look.h"
#include "base/fd.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What is known while they are looked for. */
struct search {
	struct disk_set *set;
	struct esp *esp;
	void (*note)(const char *fmt, ...);
};

/* A disk, or a partition of it. */
struct place {
	unsigned disk;
	struct disk_place at;
	char name[PATH_MAX + 32];
	struct file_system fs;
};

/* Why there are no files: for who wants to know. */
static void say_why(const struct search *s, const struct place *p, const char *why)
{
	if (s->note)
		s->note("%s: its %s is not offered: %s", p->name, p->fs.type, why);
}

/* Where its file system is mounted: 0 and *ret_fd, -ENOENT, or -EACCES when others can read there.
 */
static int open_mounted(const struct search *s, const struct place *p, int *ret_fd)
{
	char path[PATH_MAX];
	struct stat disk, st;
	int r = -ENOENT;
	dev_t device;

	if (fstat(s->set->fd[p->disk], &disk) < 0)
		return -errno;
	for (unsigned i = 0; mount_point_find("", &disk, p->at.offset, i, path, &device) == 0;
	     i++) {
		scoped_fd fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

		if (fd < 0 || fstat(fd, &st) < 0 || st.st_dev != device)
			continue; /* out of reach, or below what is mounted over it */
		r = -EACCES;
		if (faccessat(fd, ".", R_OK | X_OK, AT_EACCESS) == 0) {
			*ret_fd = fd_take(&fd);
			return 0;
		}
	}
	return r;
}

static bool is_esp_tree(const struct search *s, int fd)
{
	struct stat esp, st;

	return fstat(fd, &st) == 0 && fstat(s->esp->tree.fd, &esp) == 0 &&
	       st.st_dev == esp.st_dev && st.st_ino == esp.st_ino;
}

static void set_label(struct host_tree *tree, const char *label)
{
	uint16_t utf16[sizeof(tree->label)];
	uint64_t n;

	/* older disks have labels in other alphabets */
	if (!tree->label[0] && text_from_utf8(label, utf16, ARRAY_SIZE(utf16), &n))
		memcpy(tree->label, label, strlen(label) + 1);
}

static int add_volume(const struct search *s, const struct place *p, int fd,
		      struct firmware_file_system **ret_files)
{
	struct volume *v;
	int r = volume_new(p->name, fd, &v);

	if (r < 0)
		return r;
	memcpy(v->type, p->fs.type, sizeof(v->type));
	v->source = (struct mount_source){ s->set->fd[p->disk], p->at.offset, p->at.n_bytes,
					   s->set->disk[p->disk].block_bytes };
	v->next = s->set->volumes;
	s->set->volumes = v;
	set_label(&v->tree, p->fs.label);
	*ret_files = &v->tree.files;
	return 0;
}

static int add_unmounted(const struct search *s, const struct place *p, bool unreadable,
			 struct firmware_file_system **ret_files)
{
	int r;

	if (s->set->writable) {
		/* what the image changes below its feet, no kernel can stand */
		say_why(s, p, "not with --disk-writable");
		return 0;
	}
	r = mount_allowed(p->fs.type);
	if (r == 0)
		return add_volume(s, p, -1, ret_files);
	if (unreadable)
		say_why(s, p, "it is mounted, but you cannot read it there");
	else
		say_why(s, p,
			r == -EPERM ? "it is not mounted, and only root can mount it"
				    : "this kernel does not know it");
	return 0;
}

/* *ret_files stays as it is when there are none. */
static int find_files(const struct search *s, struct place *p,
		      struct firmware_file_system **ret_files, struct why *why)
{
	scoped_fd fd = -1;
	int r, found = open_mounted(s, p, &fd);

	if (found == 0 && is_esp_tree(s, fd)) {
		set_label(&s->esp->tree, p->fs.label);
		*ret_files = &s->esp->tree.files;
		return 0;
	}
	if (!p->fs.type[0])
		return 0;
	if (found < 0)
		r = add_unmounted(s, p, found == -EACCES, ret_files);
	else
		r = add_volume(s, p, fd, ret_files);
	if (r < 0)
		return why_errno(why, r, "%s", p->name);
	if (found == 0)
		fd_take(&fd);
	return 0;
}

/* The k-th place of a disk: a partition, or all of it where there is no table. */
static struct place place_on(const struct search *s, unsigned i, unsigned k)
{
	const struct firmware_disk *d = &s->set->disk[i];
	struct place p = { .disk = i, .at.n_bytes = d->n_bytes };

	if (d->scheme == FIRMWARE_SCHEME_NONE) {
		snprintf(p.name, sizeof(p.name), "%s", d->name);
	} else {
		const struct firmware_partition *part = &s->set->partitions[i][k];

		p.at.offset = part->start * d->block_bytes;
		p.at.n_bytes = part->n_blocks * d->block_bytes;
		snprintf(p.name, sizeof(p.name), "%s, partition %u", d->name, part->number);
	}
	return p;
}

static int find_on_disk(const struct search *s, unsigned i, struct why *why)
{
	struct firmware_disk *d = &s->set->disk[i];
	const bool whole = d->scheme == FIRMWARE_SCHEME_NONE;
	const unsigned n = whole ? 1 : (unsigned)d->n_partitions;
	struct disk_place at[MOST_PARTITIONS] = { 0 };
	struct file_system fs[MOST_PARTITIONS];
	struct why inner;
	struct place p;
	unsigned k;
	int r;

	for (k = 0; k < n; k++)
		at[k] = place_on(s, i, k).at;
	r = look_file_systems(s->set->fd[i], at, n, fs, &k, &inner);
	if (r < 0)
		return why_set(why, r, "%s: %s", place_on(s, i, k).name, inner.text);
	for (k = 0; k < n && r == 0; k++) {
		p = place_on(s, i, k);
		p.fs = fs[k];
		r = find_files(s, &p, whole ? &d->files : &s->set->partitions[i][k].files, why);
	}
	return r;
}

int disk_set_find_files(struct disk_set *set, struct esp *esp, void (*note)(const char *fmt, ...),
			struct why *why)
{
	const struct search s = { set, esp, note };
	int r = 0;

	for (unsigned i = 0; i < set->n && r == 0; i++) {
		r = find_on_disk(&s, i, why);
		if (r == 0 || !set->found)
			continue;
		if (note)
			note("its file systems are not offered: %s", why->text);
		r = 0;
	}
	return r;
}
