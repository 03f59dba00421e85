/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * What libblkid finds on a disk: its partitions, and the file systems on them. Somebody made these
 * bytes: boot/disk_look.h has a process without rights look at them.
 */
#include "base/util.h"
#include "base/why.h"

#include <stdbool.h>
#include <stdint.h>

enum partition_scheme {
	PARTITION_SCHEME_NONE,
	PARTITION_SCHEME_MBR, /* these two are HARDDRIVE_DEVICE_PATH's MBRType and SignatureType */
	PARTITION_SCHEME_GPT,
};

struct partition {
	uint32_t number;	  /* from 1, as Linux counts them */
	uint64_t start, n_blocks; /* in blocks of the disk; all of them are on it */
	uint8_t id[16];	  /* GPT: its own GUID, as on the disk; MBR: the disk's signature, 0 */
	uint8_t type[16]; /* GPT: a GUID, as on the disk; MBR: the type's number, then 0 */
};

enum { MOST_PARTITIONS = 256 }; /* Linux takes no more of a disk (DISK_MAX_PARTS) */

struct partition_table {
	enum partition_scheme scheme;
	unsigned n;
	struct partition partition[MOST_PARTITIONS]; /* in order of their numbers */
};

/*
 * The GPT or MBR of the disk, or file with a disk's bytes, behind fd, which has blocks of
 * block_bytes. 0 and a table, with scheme NONE when there is none that can be believed; a negative
 * errno when nobody could look. An extended partition is none, those inside it are. Of more
 * partitions than there is room for, those with the lowest numbers.
 */
must_check int partition_table_read(int fd, uint32_t block_bytes, struct partition_table *ret_table,
				    struct why *why);
/* Can a disk of n_blocks have such a table, whoever says so? */
bool partition_table_is_sound(const struct partition_table *table, uint64_t n_blocks);

/* An EFI system partition (UEFI 2.10, 13.3.3)? */
bool partition_is_esp(enum partition_scheme scheme, const struct partition *p);

struct file_system {
	char type[32];	/* as libblkid calls it, which is what mount(8) is told; "": none */
	char label[64]; /* UTF-8 */
};

/* The file system in bytes [offset, offset + n_bytes) of fd; 0 as well when there is none. */
must_check int file_system_find(int fd, uint64_t offset, uint64_t n_bytes,
				struct file_system *ret_fs);
/* Words with an end, and a type that has no other characters than Linux's have? */
bool file_system_is_sound(const struct file_system *fs);
