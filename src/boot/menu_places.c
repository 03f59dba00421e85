// SPDX-License-Identifier: MIT
#include "boot/disk_look.h"
#include "boot/esp.h"
#include "boot/menu.h"
#include "host/partition.h"

#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

/* A folder that is asked for is mounted then, if autofs does that. */
static bool is_mounted(const char *path, dev_t *ret_device)
{
	char below[PATH_MAX];
	struct stat st;

	snprintf(below, sizeof(below), "%s/loader", path);
	if (access(below, F_OK) < 0 && stat(path, &st) < 0)
		return false;
	if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode) || !esp_is_mount_root(path))
		return false;
	*ret_device = st.st_dev;
	return true;
}

/* Is the partition of this type? In a container nobody knows, and then the answer is unknown. */
static bool has_type(dev_t device, const uint8_t type[static 16], bool unknown)
{
	static const uint8_t none[16];
	struct mounted_partition p;

	if (partition_find(major(device), minor(device), look_table, &p) < 0 ||
	    !memcmp(p.type, none, 16))
		return unknown;
	return !memcmp(p.type, type, sizeof(p.type));
}

static bool is_esp(const char *path, dev_t *ret_device)
{
	struct statfs fs;

	return is_mounted(path, ret_device) && statfs(path, &fs) == 0 &&
	       fs.f_type == MSDOS_SUPER_MAGIC && has_type(*ret_device, partition_type_esp, true);
}

void menu_places_find(struct menu_places *ret)
{
	static const char *const esps[] = { "/efi", "/boot", "/boot/efi" };
	static const char given[] = "/run/boot-loader-entries"; /* by another boot loader */
	dev_t esp = 0, xbootldr;

	*ret = (struct menu_places){ 0 };
	if (access(given, F_OK) == 0) {
		memcpy(ret->esp, given, sizeof(given));
		return;
	}
	for (unsigned i = 0; i < ARRAY_SIZE(esps) && !ret->esp[0]; i++)
		if (is_esp(esps[i], &esp))
			memcpy(ret->esp, esps[i], strlen(esps[i]) + 1);
	if (is_mounted("/boot", &xbootldr) && has_type(xbootldr, partition_type_xbootldr, false) &&
	    (!ret->esp[0] || xbootldr != esp))
		memcpy(ret->xbootldr, "/boot", sizeof("/boot"));
}
