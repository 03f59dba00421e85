// SPDX-License-Identifier: MIT
/*
 * Mounted when it is opened, and not before: GRUB reads its disks itself, and what nobody looks
 * at the kernel does not have to believe either.
 */
#include "boot/volume.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int open_mount(struct volume *v)
{
	struct why inner;
	int fd;

	if (v->tree.files.trouble)
		return -EUCLEAN;
	fd = v->ask ? v->ask(v->number, &inner)
		    : why_set(&inner, -EPERM, "this run cannot mount it");
	if (fd < 0) {
		why_set(&v->why, fd, "%s: %s", v->name, inner.text);
		v->tree.files.trouble = v->why.text;
		return -EUCLEAN;
	}
	v->tree.fd = fd;
	return 0;
}

static int volume_open(void *context, const char *path, unsigned flags, void **ret_file)
{
	struct volume *v = context;
	int r = v->tree.fd < 0 ? open_mount(v) : 0;

	return r < 0 ? r : v->open(context, path, flags, ret_file);
}

int volume_new(const char *name, int fd, struct volume **ret_volume)
{
	struct volume *v = calloc(1, sizeof(*v));

	if (v)
		v->name = strdup(name);
	if (!v || !v->name) {
		free(v);
		return -ENOMEM;
	}
	tree_begin(&v->tree, fd, false);
	v->open = v->tree.files.open;
	v->tree.files.open = volume_open;
	*ret_volume = v;
	return 0;
}

void volumes_ask(struct volume *volumes, int (*ask)(unsigned number, struct why *why))
{
	unsigned number = 0;

	for (struct volume *v = volumes; v; v = v->next) {
		v->ask = ask;
		v->number = number++;
	}
}

int volume_mount(const struct volume *volumes, unsigned number, struct why *why)
{
	const struct volume *v = volumes;

	while (v && number--)
		v = v->next;
	if (!v || v->tree.fd >= 0)
		return why_set(why, -ENOENT, "the image has no such volume to mount");
	return mount_read_only(v->type, &v->source, why);
}

void volumes_free(struct volume *volumes)
{
	struct volume *v;

	while ((v = volumes)) {
		volumes = v->next;
		tree_close(&v->tree);
		free(v->name);
		free(v);
	}
}
