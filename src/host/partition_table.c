// SPDX-License-Identifier: MIT
#include "host/partition_table.h"
#include "base/bytes.h"
#include "host/guid_text.h"

#include <blkid/blkid.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	SECTOR_BYTES = 512, /* what libblkid counts in, whatever the disk's blocks are */
	MBR_TYPE_ESP = 0xef,
};

static const char guid_esp[] = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b";

static void probe_free(blkid_probe *probe)
{
	blkid_free_probe(*probe);
}

#define scoped_probe __attribute__((cleanup(probe_free))) blkid_probe

/* For bytes [offset, offset + n_bytes) of fd, 0 being all of it; NULL with errno. */
static blkid_probe probe_open(int fd, uint64_t offset, uint64_t n_bytes)
{
	blkid_probe probe = blkid_new_probe();
	int r;

	if (!probe)
		return NULL;
	errno = 0;
	r = blkid_probe_set_device(probe, fd, (blkid_loff_t)offset, (blkid_loff_t)n_bytes);
	if (r != 0) {
		r = errno ? errno : EIO;
		blkid_free_probe(probe);
		probe = NULL;
	}
	/* it has switched off read-ahead, which those who read on want back */
	posix_fadvise(fd, 0, 0, POSIX_FADV_NORMAL);
	errno = r;
	return probe;
}

static bool is_gpt(blkid_parttable table)
{
	const char *type = blkid_parttable_get_type(table);

	return type && !strcmp(type, "gpt");
}

static bool take_guid(const char *text, uint8_t guid[static 16])
{
	return text && guid_parse(text, strlen(text), guid);
}

/* The disk's signature, in hexadecimal digits; a disk may have none. */
static void take_signature(blkid_parttable table, uint8_t id[static 16])
{
	const char *text = blkid_parttable_get_id(table);

	bytes_put_le(id, text ? (uint32_t)strtoul(text, NULL, 16) : 0, 4);
}

/* False for what is no partition of the disk's own table, or is not on the disk. */
static bool take(blkid_partition from, blkid_parttable table, uint32_t block_bytes,
		 uint64_t n_blocks, struct partition *ret)
{
	const uint32_t sectors = block_bytes / SECTOR_BYTES;
	struct partition p = {
		.number = (uint32_t)blkid_partition_get_partno(from),
		.start = (uint64_t)blkid_partition_get_start(from) / sectors,
		.n_blocks = (uint64_t)blkid_partition_get_size(from) / sectors,
	};

	/* BSD has tables inside partitions, which firmware knows nothing of */
	if (blkid_partition_get_table(from) != table || blkid_partition_is_extended(from))
		return false;
	if (!p.n_blocks || p.start >= n_blocks || p.n_blocks > n_blocks - p.start)
		return false;
	if (is_gpt(table)) {
		if (!take_guid(blkid_partition_get_type_string(from), p.type) ||
		    !take_guid(blkid_partition_get_uuid(from), p.id))
			return false;
	} else {
		take_signature(table, p.id);
		p.type[0] = (uint8_t)blkid_partition_get_type(from);
	}
	*ret = p;
	return true;
}

static int by_number(const void *a, const void *b)
{
	const struct partition *p = a, *q = b;

	return (p->number > q->number) - (p->number < q->number);
}

static int take_all(blkid_partlist list, uint32_t block_bytes, uint64_t n_blocks,
		    struct partition_table *ret_table)
{
	blkid_parttable table = blkid_partlist_get_table(list);
	const int n = blkid_partlist_numof_partitions(list);
	struct partition *all;
	unsigned n_taken = 0;

	if (!table || n <= 0)
		return 0;
	all = calloc((size_t)n, sizeof(*all));
	if (!all)
		return -ENOMEM;
	for (int i = 0; i < n; i++)
		n_taken += take(blkid_partlist_get_partition(list, i), table, block_bytes, n_blocks,
				&all[n_taken]);
	qsort(all, n_taken, sizeof(*all), by_number);
	ret_table->n = n_taken < MOST_PARTITIONS ? n_taken : MOST_PARTITIONS;
	memcpy(ret_table->partition, all, ret_table->n * sizeof(*all));
	ret_table->scheme = is_gpt(table) ? PARTITION_SCHEME_GPT : PARTITION_SCHEME_MBR;
	free(all);
	return 0;
}

int partition_table_read(int fd, uint32_t block_bytes, struct partition_table *ret_table,
			 struct why *why)
{
	/* UEFI knows no others (2.10, 5.1) */
	char *kinds[] = { (char *)"dos", (char *)"gpt", NULL };
	struct partition_table table = { 0 };
	scoped_probe probe = NULL;
	blkid_partlist list;
	int r = 0;

	if (block_bytes < SECTOR_BYTES || block_bytes & (block_bytes - 1))
		return why_set(why, -EINVAL, "has blocks of %ju bytes", (uintmax_t)block_bytes);
	probe = probe_open(fd, 0, 0);
	if (!probe)
		return why_errno(why, -errno, "its partition table cannot be read");
	blkid_probe_set_sectorsize(probe, block_bytes);
	blkid_probe_enable_superblocks(probe, false);
	blkid_probe_enable_partitions(probe, true);
	blkid_probe_filter_partitions_type(probe, BLKID_FLTR_ONLYIN, kinds);
	list = blkid_probe_get_partitions(probe);
	if (list)
		r = take_all(list, block_bytes, (uint64_t)blkid_probe_get_size(probe) / block_bytes,
			     &table);
	if (r < 0)
		return why_errno(why, r, "partition table");
	*ret_table = table;
	return 0;
}

bool partition_table_is_sound(const struct partition_table *table, uint64_t n_blocks)
{
	uint32_t last = 0;

	if ((unsigned)table->scheme > PARTITION_SCHEME_GPT || table->n > MOST_PARTITIONS ||
	    (table->scheme == PARTITION_SCHEME_NONE && table->n))
		return false;
	for (unsigned i = 0; i < table->n; i++) {
		const struct partition *p = &table->partition[i];

		if (p->number <= last || !p->n_blocks || p->start >= n_blocks ||
		    p->n_blocks > n_blocks - p->start)
			return false;
		last = p->number;
	}
	return true;
}

bool partition_is_esp(enum partition_scheme scheme, const struct partition *p)
{
	uint8_t esp[16];

	if (scheme == PARTITION_SCHEME_MBR)
		return p->type[0] == MBR_TYPE_ESP;
	return scheme == PARTITION_SCHEME_GPT && take_guid(guid_esp, esp) &&
	       !memcmp(p->type, esp, sizeof(esp));
}

static void take_value(blkid_probe probe, const char *name, char *out, size_t room)
{
	const char *value;

	if (blkid_probe_lookup_value(probe, name, &value, NULL) == 0)
		snprintf(out, room, "%s", value);
}

int file_system_find(int fd, uint64_t offset, uint64_t n_bytes, struct file_system *ret_fs)
{
	struct file_system fs = { 0 };
	scoped_probe probe = probe_open(fd, offset, n_bytes);
	char usage[32] = "";

	if (!probe)
		return -errno;
	blkid_probe_enable_superblocks(probe, true);
	blkid_probe_set_superblocks_flags(probe, BLKID_SUBLKS_TYPE | BLKID_SUBLKS_LABEL |
							 BLKID_SUBLKS_USAGE);
	/* -2: two at once, and whoever believed the wrong one would read nonsense */
	if (blkid_do_safeprobe(probe) == 0) {
		take_value(probe, "USAGE", usage, sizeof(usage));
		if (!strcmp(usage, "filesystem")) {
			take_value(probe, "TYPE", fs.type, sizeof(fs.type));
			take_value(probe, "LABEL", fs.label, sizeof(fs.label));
		}
	}
	*ret_fs = fs;
	return 0;
}

bool file_system_is_sound(const struct file_system *fs)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.+";
	const size_t n = strnlen(fs->type, sizeof(fs->type));

	return n < sizeof(fs->type) && strspn(fs->type, letters) == n &&
	       memchr(fs->label, 0, sizeof(fs->label));
}
