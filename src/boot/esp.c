// SPDX-License-Identifier: MIT
#include "boot/esp.h"
#include "base/bytes.h"
#include "base/fd.h"
#include "boot/disk_look.h"
#include "host/partition.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

enum {
	CREDENTIAL_NAME_BYTES = 250, /* ".cred" behind it, in a name of FAT's */
	CREDENTIAL_BYTES = 1 << 20,
	STUB_COUNTERS = 254, /* the first that takes the image's name without its boot counter */
};

/* Cut the last name off; what is left of "/name" is "/". */
static void cut_name(char *path)
{
	char *slash = strrchr(path, '/');

	slash[slash == path] = '\0';
}

bool esp_is_mount_root(const char *path)
{
	struct statx st;

	return statx(AT_FDCWD, path, AT_NO_AUTOMOUNT, STATX_TYPE, &st) == 0 &&
	       st.stx_attributes & st.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT;
}

static bool has_folder(const char *path, const char *name)
{
	char below[PATH_MAX + 16];
	struct stat st;

	snprintf(below, sizeof(below), "%s/%s", path, name);
	return stat(below, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool looks_like_esp(const char *path)
{
	struct statfs fs;

	if (statfs(path, &fs) == 0 && fs.f_type == MSDOS_SUPER_MAGIC)
		return true;
	return has_folder(path, "EFI") || has_folder(path, "loader");
}

/* The mount that an image lies on, if that looks like an ESP, else its own folder. */
static int find_folder(const char *image, char ret_folder[static 4096], struct why *why)
{
	char own[PATH_MAX], mount[PATH_MAX];

	if (!realpath(image, own))
		return why_errno(why, -errno, "%s", image);
	cut_name(own);
	memcpy(mount, own, sizeof(mount));
	while (mount[1] && !esp_is_mount_root(mount))
		cut_name(mount);
	memcpy(ret_folder, looks_like_esp(mount) ? mount : own, PATH_MAX);
	return 0;
}

/*
 * No firmware starts images from any other: a stub that finds itself there tells systemd of it,
 * which then looks for the ESP, and for the root, in the wrong place.
 */
static bool is_for_boot(const uint8_t type[static 16])
{
	static const uint8_t unknown[16];

	return !memcmp(type, partition_type_esp, 16) ||
	       !memcmp(type, partition_type_xbootldr, 16) || !memcmp(type, unknown, 16);
}

/* 10.3.5.1 Hard drive: the partition that the folder is on, when it is one with a GUID. */
static void describe_partition(struct esp *esp)
{
	struct mounted_partition p;
	struct stat st;

	if (fstat(esp->tree.fd, &st) < 0 ||
	    partition_find(major(st.st_dev), minor(st.st_dev), look_table, &p) < 0 ||
	    !is_for_boot(p.type))
		return;
	bytes_put_le(esp->nodes, 4 | 1 << 8 | DEVICE_NODE_BYTES << 16, 4);
	bytes_put_le(esp->nodes + 4, p.number, 4);
	bytes_put_le(esp->nodes + 8, p.start, 8);
	bytes_put_le(esp->nodes + 16, p.n_blocks, 8);
	memcpy(esp->nodes + 24, p.guid, 16);
	esp->nodes[40] = 2; /* GPT */
	esp->nodes[41] = 2; /* its signature is a GUID */
	esp->n_node_bytes = DEVICE_NODE_BYTES;
	memcpy(esp->tree.label, p.label, sizeof(p.label));
}

/* Show a file of the host's in the tree, as folder/name[suffix]; given as in tree_add(). */
static int show(struct esp *esp, const char *folder, const char *name, size_t n_name,
		const char *suffix, const char *file, const char *given, struct why *why)
{
	scoped_fd fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char path[PATH_MAX];
	struct stat st;
	int r;

	if (fd < 0 || fstat(fd, &st) < 0)
		return why_errno(why, -errno, "%s", file);
	if (!S_ISREG(st.st_mode))
		return why_set(why, -EINVAL, "%s: is not a regular file", file);
	if ((size_t)snprintf(path, sizeof(path), "%s%s%.*s%s", folder, folder[0] ? "/" : "",
			     (int)n_name, name, suffix) >= sizeof(path))
		return why_set(why, -ENAMETOOLONG, "%s: the name is too long", file);
	r = tree_add(&esp->tree, path, fd, given);
	if (r == -EEXIST)
		return why_set(why, r, "%s: there is already a file with this name", file);
	if (r < 0)
		return why_errno(why, r, "%s", file);
	fd_take(&fd);
	return 0;
}

/* Digits of a number that is not too large; the end of them, or NULL. */
static const char *skip_number(const char *text)
{
	uint64_t v = 0;
	const char *c = text;

	for (; *c >= '0' && *c <= '9'; c++)
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(*c - '0'), &v))
			return NULL;
	return c > text ? c : NULL;
}

/*
 * A boot counter, "+LEFT" or "+LEFT-DONE" in front of an extension, changes from boot to boot
 * (systemd, Automatic Boot Assessment): its length, or 0. *ret_at: where it stands.
 */
static size_t find_counter(const char *path, size_t *ret_at)
{
	const char *plus = strchr(path, '+');
	const char *end = plus ? skip_number(plus + 1) : NULL;

	if (end && *end == '-')
		end = skip_number(end + 1);
	if (!end || (*end && *end != '.'))
		return 0;
	*ret_at = (size_t)(plus - path);
	return (size_t)(end - plus);
}

/*
 * Where the stub looks for what belongs to the image at path: newer ones leave its counter out, or
 * what looks like one in the name of a folder before.
 */
static char *extra_folder(const char *path, unsigned stub)
{
	size_t at = 0, n = stub >= STUB_COUNTERS ? find_counter(path, &at) : 0;
	char *folder;

	return asprintf(&folder, "%.*s%s.extra.d", (int)at, path, path + at + n) < 0 ? NULL
										     : folder;
}

/* An image that lies elsewhere: shown in the root, with the files of its own .extra.d folder. */
static int show_image(struct esp *esp, const char *image, unsigned stub, struct why *why)
{
	const char *name = strrchr(image, '/') + 1;
	char *extra = extra_folder(name, stub), from[2 * PATH_MAX], file[3 * PATH_MAX];
	struct dirent *d;
	struct stat st;
	DIR *dir;
	int r;

	if (!extra || asprintf(&esp->image_path, "/%s", name) < 0) {
		free(extra);
		return why_errno(why, -ENOMEM, "%s", image);
	}
	r = show(esp, "", name, strlen(name), "", image, NULL, why);
	snprintf(from, sizeof(from), "%.*s%s", (int)(name - image), image, extra);
	dir = r == 0 ? opendir(from) : NULL;
	while (dir && r == 0 && (d = readdir(dir))) {
		snprintf(file, sizeof(file), "%s/%s", from, d->d_name);
		if (stat(file, &st) == 0 && S_ISREG(st.st_mode))
			r = show(esp, extra, d->d_name, strlen(d->d_name), "", file, NULL, why);
	}
	if (dir)
		closedir(dir);
	free(extra);
	return r;
}

static int place_image(struct esp *esp, const char *folder, const char *image, unsigned stub,
		       struct why *why)
{
	char root[PATH_MAX], full[PATH_MAX];
	size_t n;

	if (!realpath(folder, root))
		return why_errno(why, -errno, "%s", folder);
	if (!realpath(image, full))
		return why_errno(why, -errno, "%s", image);
	n = root[1] ? strlen(root) : 0;
	if (strncmp(full, root, n) || full[n] != '/')
		return show_image(esp, full, stub, why);
	esp->image_path = strdup(full + n);
	return esp->image_path ? 0 : why_errno(why, -ENOMEM, "%s", image);
}

bool esp_name_ends_in(const char *name, const char *end)
{
	const size_t n = strlen(name), n_end = strlen(end);

	return n > n_end && !strcasecmp(name + n - n_end, end);
}

static int show_addon(struct esp *esp, const char *folder, const char *file, struct why *why)
{
	const char *slash = strrchr(file, '/'), *name = slash ? slash + 1 : file;
	size_t n = strlen(name);

	if (esp_name_ends_in(name, ".addon.efi"))
		return show(esp, folder, name, n, "", file, file, why);
	n -= esp_name_ends_in(name, ".efi") ? 4 : 0;
	return show(esp, folder, name, n, ".addon.efi", file, file, why);
}

/*
 * A name that FAT can have and that systemd takes for a credential's: where it does not, the file
 * would arrive in the initrd and nowhere else.
 */
static bool is_credential_name(const char *name, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (name[i] <= ' ' || name[i] >= 0x7f || strchr("\"*/:<>?\\|", name[i]))
			return false;
	return n && n <= CREDENTIAL_NAME_BYTES && name[0] != '.';
}

/* systemd drops what is more than that, of one credential and of all. */
static int check_credential_bytes(struct esp *esp, const char *file, struct why *why)
{
	struct stat st;

	if (stat(file, &st) < 0)
		return why_errno(why, -errno, "%s", file);
	esp->credential_bytes += (uint64_t)st.st_size;
	return esp->credential_bytes <= CREDENTIAL_BYTES
		       ? 0
		       : why_set(why, -EFBIG,
				 "--credential %s: all credentials have %ju bytes, systemd accepts "
				 "%d",
				 file, (uintmax_t)esp->credential_bytes, CREDENTIAL_BYTES);
}

static int show_credential(struct esp *esp, const char *folder, const char *given, struct why *why)
{
	const char *file = strchr(given, '=');
	size_t n = file ? (size_t)(file - given) : 0;
	int r;

	if (!file)
		return why_set(why, -EINVAL, "--credential %s: must be NAME=FILE", given);
	n -= n > 5 && !strncasecmp(file - 5, ".cred", 5) ? 5 : 0;
	if (!is_credential_name(given, n))
		return why_set(
			why, -EINVAL,
			"--credential %.40s: the name must be 1 to %d ASCII characters, no blank, "
			"none of \"*/:<>?\\|, no dot in front",
			given, CREDENTIAL_NAME_BYTES);
	r = check_credential_bytes(esp, file + 1, why);
	return r < 0 ? r : show(esp, folder, given, n, ".cred", file + 1, given, why);
}

static int show_sidecars(struct esp *esp, unsigned stub, const struct esp_options *o,
			 struct why *why)
{
	int r = 0;

	esp->extra = extra_folder(esp->image_path, stub);
	if (!esp->extra)
		return why_errno(why, -ENOMEM, "%s", esp->image_path);
	for (unsigned i = 0; i < o->n_addons && r == 0; i++)
		r = show_addon(esp, esp->extra + 1, o->addon[i], why);
	for (unsigned i = 0; i < o->n_credentials && r == 0; i++)
		r = show_credential(esp, esp->extra + 1, o->credential[i], why);
	return r;
}

int esp_open(const char *image, unsigned stub, const struct esp_options *options,
	     struct esp *ret_esp, struct why *why)
{
	const char *folder = options->folder;
	char found[PATH_MAX];
	int r = 0;

	if (!folder) {
		r = find_folder(image, found, why);
		folder = found;
	}
	if (r == 0)
		r = tree_open(folder, options->writable, &ret_esp->tree, why);
	if (r < 0)
		return r;
	describe_partition(ret_esp);
	r = place_image(ret_esp, folder, image, stub, why);
	if (r == 0)
		r = show_sidecars(ret_esp, stub, options, why);
	return r;
}

const char *esp_unread(const struct esp *esp)
{
	for (unsigned i = 0; i < esp->tree.n_extras; i++)
		if (esp->tree.extra[i].given && !esp->tree.extra[i].read)
			return esp->tree.extra[i].given;
	return NULL;
}

void esp_close(struct esp *esp)
{
	tree_close(&esp->tree);
	free(esp->image_path);
	free(esp->extra);
	esp->image_path = esp->extra = NULL;
}
