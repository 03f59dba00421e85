// SPDX-License-Identifier: MIT
#include "trust/machine/machine.h"
#include "host/file.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define EFI "/sys/firmware/efi"
#define EFIVARS EFI "/efivars"
#define MOK EFI "/mok-variables"
#define TRUST "/etc/bardo/trust.d"

#define SECURITY_DATABASE "d719b2cb-3d3a-4596-a3bc-dad00e67656f"
#define SHIM_LOCK "605dab50-e046-4300-abb6-3dd810dd8b23"

enum { ATTRIBUTE_BYTES = 4 };

/* The rest of a file that is kept; freed by the pointer that it begins at, without its attributes.
 */
static void drop_front(struct host_file *file, size_t n)
{
	file->n_bytes = file->n_bytes > n ? file->n_bytes - n : 0;
	memmove(file->text, file->text + n, file->n_bytes);
}

/*
 * Is this all of it? To who has no CAP_SYS_ADMIN the kernel shows a copy of shim's as an empty file
 * (drivers/firmware/efi/mokvar-table.c), and a list that denies would be one that denies nothing.
 */
static bool is_withheld(const char *root, const char *path, const struct host_file *file)
{
	char full[PATH_MAX];
	struct stat st;

	snprintf(full, sizeof(full), "%s%s", root, path);
	return file->n_bytes == 0 && stat(full, &st) == 0 && st.st_size > 0;
}

/* A variable's data by shim's copy of it: 0, or a negative errno, -ENOENT where there is none. */
static int read_copy(const char *root, const char *name, struct bytes *ret)
{
	struct host_file file;
	char path[PATH_MAX];
	int r;

	snprintf(path, sizeof(path), MOK "/%s", name);
	r = host_file_read(root, path, &file);
	if (r == 0 && is_withheld(root, path, &file)) {
		host_file_free(&file);
		r = -EPERM;
	}
	if (r == 0)
		*ret = (struct bytes){ (const uint8_t *)file.text, file.n_bytes };
	return r;
}

static int read_variable(const char *root, const char *name, const char *vendor, struct bytes *ret)
{
	struct host_file file;
	char path[PATH_MAX];
	int r;

	snprintf(path, sizeof(path), EFIVARS "/%s-%s", name, vendor);
	r = host_file_read(root, path, &file);
	if (r < 0)
		return r;
	if (file.n_bytes < ATTRIBUTE_BYTES) {
		host_file_free(&file);
		return -EBADMSG;
	}
	drop_front(&file, ATTRIBUTE_BYTES);
	*ret = (struct bytes){ (const uint8_t *)file.text, file.n_bytes };
	return 0;
}

static int read_either(const char *root, const char *name, const char *vendor, struct bytes *ret)
{
	int r = read_copy(root, name, ret);

	return r == 0 ? 0 : read_variable(root, name, vendor, ret);
}

static void refuse(struct machine_trust *trust, const char *what, int r)
{
	if (!trust->refusal.text[0])
		why_errno(&trust->refusal, r, "%s cannot be read", what);
}

static void add(struct machine_trust *trust, const char *name, enum list_form form, bool denies,
		struct bytes data)
{
	struct trust_list *l = &trust->list[trust->n_lists];

	if (trust->n_lists == MACHINE_MOST_LISTS || !(l->name = strdup(name))) {
		free((void *)data.p);
		refuse(trust, name, -ENOMEM);
		return;
	}
	*l = (struct trust_list){ l->name, form, denies, data };
	trust->n_lists++;
}

/* One switch of shim's; a byte that is 1. */
static bool is_set(const char *root, const char *name)
{
	struct bytes data;
	uint8_t first;
	bool set;

	if (read_either(root, name, SHIM_LOCK, &data) < 0)
		return false;
	set = bytes_u8(data, 0, &first) && first == 1;
	free((void *)data.p);
	return set;
}

/* Do the variables show themselves at all? Not where efivarfs is not mounted. */
static bool has_efivars(const char *root)
{
	char path[PATH_MAX];
	struct dirent *d;
	DIR *folder;

	snprintf(path, sizeof(path), "%s" EFIVARS, root);
	folder = opendir(path);
	do
		d = folder ? readdir(folder) : NULL;
	while (d && d->d_name[0] == '.');
	if (folder)
		closedir(folder);
	return d;
}

static void add_denying(const char *root, const char *name, const char *vendor,
			struct machine_trust *trust)
{
	struct bytes data;
	int copy = read_copy(root, name, &data), r;

	if (copy == 0)
		add(trust, name, LIST_VARIABLE, true, data);
	else if (copy != -ENOENT)
		refuse(trust, name, copy);
	r = read_variable(root, name, vendor, &data);
	if (r == 0)
		add(trust, name, LIST_VARIABLE, true, data);
	else if (r != -ENOENT)
		refuse(trust, name, r);
	else if (copy < 0 && !has_efivars(root) && !trust->refusal.text[0])
		why_set(&trust->refusal, r, "%s cannot be read: there are no variables in " EFIVARS,
			name);
}

static void add_allowing(const char *root, const char *name, const char *vendor,
			 struct machine_trust *trust)
{
	struct bytes data;

	if (read_either(root, name, vendor, &data) == 0)
		add(trust, name, LIST_VARIABLE, false, data);
}

static void read_firmware(const char *root, struct machine_trust *trust)
{
	struct bytes level;

	if (!host_file_exists(root, EFI))
		return;
	add_denying(root, "dbx", SECURITY_DATABASE, trust);
	add_denying(root, "MokListXRT", SHIM_LOCK, trust);
	if (!is_set(root, "MokIgnoreDB"))
		add_allowing(root, "db", SECURITY_DATABASE, trust);
	if (is_set(root, "MokListTrustedRT"))
		add_allowing(root, "MokListRT", SHIM_LOCK, trust);
	if (read_either(root, "SbatLevelRT", SHIM_LOCK, &level) == 0)
		trust->sbat_level = level;
}

static void read_kernel(const char *root, struct machine_trust *trust)
{
	struct host_file file;

	if (host_file_read(root, "/proc/keys", &file) == 0)
		add(trust, "the kernel's blacklist", LIST_KEYS, true,
		    (struct bytes){ (const uint8_t *)file.text, file.n_bytes });
}

static int is_visible(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static void read_folder(const char *root, struct machine_trust *trust)
{
	struct dirent **name = NULL;
	struct host_file file;
	char path[PATH_MAX];
	int n, r;

	snprintf(path, sizeof(path), "%s" TRUST, root);
	n = scandir(path, &name, is_visible, alphasort);
	if (n < 0 && errno != ENOENT)
		refuse(trust, TRUST, -errno);
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), TRUST "/%s", name[i]->d_name);
		r = host_file_read(root, path, &file);
		if (r == 0)
			add(trust, path, LIST_FILE, false,
			    (struct bytes){ (const uint8_t *)file.text, file.n_bytes });
		else
			refuse(trust, path, r);
		free(name[i]);
	}
	free(name);
}

void machine_trust_read(const char *root, struct machine_trust *ret)
{
	*ret = (struct machine_trust){ 0 };
	read_firmware(root, ret);
	read_kernel(root, ret);
	read_folder(root, ret);
}

bool machine_insists(const char *root)
{
	static const char global[] = "8be4df61-93ca-11d2-aa0d-00e098032b8c";
	char line[128];
	struct bytes data;
	int r = read_variable(root, "SecureBoot", global, &data);
	/* one that is there and cannot be read may be on */
	bool on = r < 0 && r != -ENOENT;

	if (r == 0) {
		on = data.n != 1 || data.p[0] != 0;
		free((void *)data.p);
	}
	return on ||
	       (host_file_line(root, "/sys/kernel/security/lockdown", line, sizeof(line)) == 0 &&
		strchr(line, '[') && !strstr(line, "[none]"));
}

void machine_trust_free(struct machine_trust *trust)
{
	for (unsigned i = 0; i < trust->n_lists; i++) {
		free((void *)trust->list[i].name);
		free((void *)trust->list[i].data.p);
	}
	free((void *)trust->sbat_level.p);
	*trust = (struct machine_trust){ 0 };
}
