/* SPDX-License-Identifier: MIT */
#pragma once
/* Where an image comes from: the file system it lies on, as its firmware would see it. */
#include "boot/tree.h"

enum { DEVICE_NODE_BYTES = 42, MAX_SIDECARS = 64 };

struct esp_options {
	const char *folder; /* NULL: found by where the image lies */
	bool writable;
	const char *addon[MAX_SIDECARS];
	const char *credential[MAX_SIDECARS]; /* NAME=FILE */
	unsigned n_addons, n_credentials;
};

struct esp {
	struct host_tree tree;
	char *image_path;		  /* on it, with a / in front */
	char *extra;			  /* the folder where the image's stub looks, likewise */
	uint8_t nodes[DEVICE_NODE_BYTES]; /* of the device path: the partition */
	unsigned n_node_bytes;		  /* 0: it is none with a GUID */
	uint64_t credential_bytes;	  /* of those that were given */
};

/* For an image with this version of systemd-stub. */
must_check int esp_open(const char *image, unsigned stub, const struct esp_options *options,
			struct esp *ret_esp, struct why *why);
void esp_close(struct esp *esp);

/* The first --addon or --credential, as it was given, that nobody has read to its end; or NULL. */
const char *esp_unread(const struct esp *esp);

/* Is a file system mounted there? Nothing is mounted for the question. */
bool esp_is_mount_root(const char *path);

/* Is there something in front of end? Upper and lower case are the same, as on FAT. */
bool esp_name_ends_in(const char *name, const char *end);
