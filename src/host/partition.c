// SPDX-License-Identifier: MIT
#include "host/partition.h"
#include "base/fd.h"
#include "host/file.h"
#include "host/guid_text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const uint8_t partition_type_esp[16] = { 0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8, 0xd2, 0x11,
					 0xba, 0x4b, 0x00, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b };
const uint8_t partition_type_xbootldr[16] = { 0xff, 0xc2, 0x13, 0xbc, 0xe6, 0x59, 0x62, 0x42,
					      0xa3, 0x52, 0xb2, 0x75, 0xfd, 0x6f, 0x71, 0x72 };

enum { SECTOR_BYTES = 512 }; /* what sysfs counts in, whatever the disk's blocks are */

static int read_number(const char *root, const char *folder, const char *name, uint64_t *ret)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return host_file_number(root, path, 10, ret);
}

/* The value behind "KEY=" of a line of udev's data base. */
static const char *udev_value(const char *text, const char *key, size_t *ret_n)
{
	const size_t n = strlen(key);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, "E:", 2) && !strncmp(line + 2, key, n) && line[2 + n] == '=') {
			*ret_n = strcspn(line + 3 + n, "\n");
			return line + 3 + n;
		}
	}
	return NULL;
}

static int guid_from_udev(const char *udev, struct mounted_partition *p)
{
	const char *scheme, *uuid;
	size_t n;

	scheme = udev_value(udev, "ID_PART_ENTRY_SCHEME", &n);
	if (!scheme)
		return -ENODATA;
	if (n != 3 || memcmp(scheme, "gpt", 3))
		return -ENOTSUP;
	uuid = udev_value(udev, "ID_PART_ENTRY_TYPE", &n);
	if (uuid && !guid_parse(uuid, n, p->type))
		return -ENODATA;
	uuid = udev_value(udev, "ID_PART_ENTRY_UUID", &n);
	return uuid && guid_parse(uuid, n, p->guid) ? 0 : -ENODATA;
}

/* The disk is the folder that the partition's lies in; its name is its device's. */
static int open_disk(const char *root, const char *folder, int *ret_fd)
{
	char target[PATH_MAX], path[2 * PATH_MAX], *slash;
	int r = host_file_link(root, folder, target, sizeof(target));

	if (r < 0)
		return r;
	slash = strrchr(target, '/');
	if (!slash)
		return -EBADMSG;
	*slash = '\0';
	slash = strrchr(target, '/');
	snprintf(path, sizeof(path), "%s/dev/%s", root, slash ? slash + 1 : target);
	/* sysfs has '!' where the name of a device has '/' */
	for (char *at = path + strlen(root); (at = strchr(at, '!'));)
		*at = '/';
	*ret_fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	return *ret_fd < 0 ? -errno : 0;
}

/* Its entry in the disk's own table. */
static int guid_from_table(const struct partition_table *table, struct mounted_partition *p)
{
	if (table->scheme != PARTITION_SCHEME_GPT)
		return table->scheme == PARTITION_SCHEME_NONE ? -ENODATA : -ENOTSUP;
	for (unsigned i = 0; i < table->n; i++) {
		if (table->partition[i].number != p->number)
			continue;
		if (table->partition[i].start != p->start)
			return -ESTALE; /* the kernel has another table in mind */
		memcpy(p->guid, table->partition[i].id, sizeof(p->guid));
		memcpy(p->type, table->partition[i].type, sizeof(p->type));
		return 0;
	}
	return -ENODATA;
}

static int guid_from_disk(const char *root, const char *folder, uint32_t block_bytes,
			  partition_reader *read, struct mounted_partition *p)
{
	struct partition_table table = { .n = 0 };
	scoped_fd fd = -1;
	int r;

	r = open_disk(root, folder, &fd);
	if (r == 0)
		r = read(fd, block_bytes, &table, NULL);
	return r < 0 ? r : guid_from_table(&table, p);
}

static void take_label(const char *udev, struct mounted_partition *p)
{
	size_t n;
	const char *label = udev_value(udev, "ID_FS_LABEL", &n);

	if (label)
		snprintf(p->label, sizeof(p->label), "%.*s", (int)n, label);
}

int partition_find_below(const char *root, uint32_t major, uint32_t minor, partition_reader *read,
			 struct mounted_partition *ret_partition)
{
	scoped_host_file udev = { 0 };
	uint64_t number, start, size, block = SECTOR_BYTES;
	struct mounted_partition p = { 0 };
	char folder[64], path[64];
	int r;

	snprintf(folder, sizeof(folder), "/sys/dev/block/%u:%u", major, minor);
	if (read_number(root, folder, "partition", &number) < 0)
		return -ENODEV;
	r = read_number(root, folder, "start", &start);
	if (r == 0)
		r = read_number(root, folder, "size", &size);
	if (r < 0)
		return r;
	if (read_number(root, folder, "../queue/logical_block_size", &block) < 0 ||
	    block < SECTOR_BYTES || block > 1 << 16 || block & (block - 1))
		return -EBADMSG;
	p.number = (uint32_t)number;
	p.start = start / (block / SECTOR_BYTES);
	p.n_blocks = size / (block / SECTOR_BYTES);
	snprintf(path, sizeof(path), "/run/udev/data/b%u:%u", major, minor);
	r = host_file_read(root, path, &udev);
	if (r == 0) {
		take_label(udev.text, &p);
		r = guid_from_udev(udev.text, &p);
	}
	if (r < 0 && r != -ENOTSUP)
		r = guid_from_disk(root, folder, (uint32_t)block, read, &p);
	if (r == 0)
		*ret_partition = p;
	return r;
}

int partition_find(uint32_t major, uint32_t minor, partition_reader *read,
		   struct mounted_partition *ret_partition)
{
	return partition_find_below("", major, minor, read, ret_partition);
}
