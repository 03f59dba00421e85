/* SPDX-License-Identifier: MIT */
#pragma once
/* A file system on one of the disks, as a tree: where it is mounted, or mounted for us alone. */
#include "host/mounts.h"
#include "boot/tree.h"

struct volume {
	struct host_tree tree; /* in front: its functions come with this address */
	struct volume *next;
	int (*open)(void *context, const char *path, unsigned flags, void **ret_file);
	char *name; /* for people: the disk and the partition */
	char type[32];
	struct mount_source source;
	struct why why; /* it could not be mounted, once it was tried */
};

/*
 * A tree of the folder fd, which it takes over, or of -1: then what source says is mounted when
 * the image opens it for the first time.
 */
must_check int volume_new(const char *name, int fd, struct volume **ret_volume);
void volumes_free(struct volume *volumes);
