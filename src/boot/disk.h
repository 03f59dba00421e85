/* SPDX-License-Identifier: MIT */
#pragma once
/* The disks that an image is offered, and the files on them. */
#include "boot/request.h"
#include "boot/volume.h"
#include "host/disks.h"

/* All zeros: none. What is open points into it, so it stays where it is. */
struct disk_set {
	struct firmware_disk disk[MAX_DISKS];
	struct firmware_partition *partitions[MAX_DISKS]; /* of each disk */
	int fd[MAX_DISKS];
	unsigned n;
	bool writable;
	bool forced; /* writable though somebody uses it */
	bool found;  /* nobody has named them: what cannot be offered is left out */
	struct disk_name name[MAX_DISKS]; /* then */
	struct volume *volumes;		  /* on them */
};

must_check int disk_set_open(const char *const *path, unsigned n, bool writable, bool forced,
			     struct disk_set *set, struct why *why);
/*
 * The disk that folder's file system is on, if folder is the whole of that; and, as a firmware
 * would offer them, all disks of the machine. Read only. note as below.
 */
void disk_set_find(int folder, bool all, struct disk_set *set, void (*note)(const char *fmt, ...));
void disk_set_close(struct disk_set *set);

/*
 * Behind disk_set_open() and esp_open(): esp's tree may be that of one of the partitions. note (may
 * be NULL) hears of each file system that is not offered.
 */
must_check int disk_set_find_files(struct disk_set *set, struct esp *esp,
				   void (*note)(const char *fmt, ...), struct why *why);
