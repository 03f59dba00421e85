// SPDX-License-Identifier: MIT
#include "host/disks.h"
#include "host/file.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* sysfs has '!' where the name of a device has '/'; false: too long for a device's. */
static bool name_device(const char *name, struct disk_name *to)
{
	const int n = snprintf(to->path, sizeof(to->path), "/dev/%s", name);

	for (char *at = to->path; (at = strchr(at, '!'));)
		*at = '/';
	return n > 0 && (size_t)n < sizeof(to->path);
}

int disk_find(const char *root, uint32_t major, uint32_t minor, struct disk_name *ret_disk)
{
	char link[64], partition[80], path[PATH_MAX], *slash;
	struct disk_name found = { "" };
	int r;

	snprintf(link, sizeof(link), "/sys/dev/block/%u:%u", major, minor);
	r = host_file_link(root, link, path, sizeof(path));
	if (r < 0)
		return r;
	snprintf(partition, sizeof(partition), "%s/partition", link);
	slash = strrchr(path, '/');
	/* a partition's folder lies in its disk's */
	if (slash && host_file_exists(root, partition)) {
		*slash = '\0';
		slash = strrchr(path, '/');
	}
	if (!slash || !name_device(slash + 1, &found))
		return -EBADMSG;
	*ret_disk = found;
	return 0;
}

/* Nothing that the kernel has made up: no loop device, no volume. And no floppy, which takes its
 * time to say that there is none. */
static bool is_hardware(const char *root, const char *name)
{
	char path[PATH_MAX];
	uint64_t v;

	if (name[0] == '.' || (!strncmp(name, "fd", 2) && name[2] >= '0' && name[2] <= '9'))
		return false;
	snprintf(path, sizeof(path), "/sys/block/%s/device", name);
	if (!host_file_exists(root, path))
		return false;
	snprintf(path, sizeof(path), "/sys/block/%s/hidden", name);
	if (host_file_number(root, path, 10, &v) == 0 && v)
		return false;
	snprintf(path, sizeof(path), "/sys/block/%s/size", name);
	return host_file_number(root, path, 10, &v) == 0 && v;
}

unsigned disks_list(const char *root, struct disk_name *ret_disk, unsigned n)
{
	char path[PATH_MAX];
	struct dirent **entry;
	unsigned n_found = 0;
	int n_entries;

	snprintf(path, sizeof(path), "%s/sys/block", root);
	n_entries = scandir(path, &entry, NULL, versionsort);
	if (n_entries < 0)
		return 0;
	for (int i = 0; i < n_entries; i++) {
		struct disk_name name = { "" };

		if (is_hardware(root, entry[i]->d_name) && name_device(entry[i]->d_name, &name)) {
			if (n_found < n)
				ret_disk[n_found] = name;
			n_found++;
		}
		free(entry[i]);
	}
	free(entry);
	return n_found;
}
