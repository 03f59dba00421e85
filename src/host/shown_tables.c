// SPDX-License-Identifier: MIT
#include "host/shown_tables.h"
#include "host/file.h"
#include "host/guid_text.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ESRT "/sys/firmware/efi/esrt"
#define MOK_VARIABLES "/sys/firmware/efi/mok-variables"

enum {
	ESRT_HEAD_BYTES = 16,
	ESRT_ENTRY_BYTES = 40,
	ESRT_ENTRIES = 128, /* Linux takes no more */
	ESRT_VERSION = 1,
	MOK_NAME_BYTES = 256,
	MOK_HEAD_BYTES = MOK_NAME_BYTES + 8,
	MOST_BYTES = 16 << 20, /* of all of a table */
};

/* A number as the kernel writes it, in decimal digits or in others behind 0x. */
static bool read_number(const char *root, unsigned i, const char *name, uint8_t *to)
{
	char path[96];
	uint32_t number;
	uint64_t v;

	snprintf(path, sizeof(path), ESRT "/entries/entry%u/%s", i, name);
	if (host_file_number(root, path, 0, &v) < 0 || v > UINT32_MAX)
		return false;
	number = (uint32_t)v;
	memcpy(to, &number, sizeof(number));
	return true;
}

static bool read_resource(const char *root, unsigned i, uint8_t *to)
{
	static const char *const number[] = {
		"fw_type",	 "fw_version",		 "lowest_supported_fw_version",
		"capsule_flags", "last_attempt_version", "last_attempt_status",
	};
	char path[96], line[64];

	snprintf(path, sizeof(path), ESRT "/entries/entry%u/fw_class", i);
	if (host_file_line(root, path, line, sizeof(line)) < 0 ||
	    !guid_parse(line, strlen(line), to))
		return false;
	for (unsigned k = 0; k < ARRAY_SIZE(number); k++)
		if (!read_number(root, i, number[k], to + 16 + 4 * k))
			return false;
	return true;
}

int shown_esrt(const char *root, struct bytes *ret_table)
{
	const uint64_t version = ESRT_VERSION;
	uint64_t n, shown_version;
	uint32_t count;
	uint8_t *p;

	*ret_table = (struct bytes){ 0 };
	if (host_file_number(root, ESRT "/fw_resource_version", 10, &shown_version) < 0 ||
	    shown_version != version ||
	    host_file_number(root, ESRT "/fw_resource_count", 10, &n) < 0 || !n || n > ESRT_ENTRIES)
		return 0;
	p = calloc(1, ESRT_HEAD_BYTES + n * ESRT_ENTRY_BYTES);
	if (!p)
		return -ENOMEM;
	for (unsigned i = 0; i < n; i++)
		if (!read_resource(root, i, p + ESRT_HEAD_BYTES + i * ESRT_ENTRY_BYTES)) {
			free(p);
			return 0;
		}
	count = (uint32_t)n;
	memcpy(p, &count, sizeof(count));
	memcpy(p + 4, &count, sizeof(count)); /* as many as there is room for */
	memcpy(p + 8, &version, sizeof(version));
	*ret_table = (struct bytes){ p, ESRT_HEAD_BYTES + n * ESRT_ENTRY_BYTES };
	return 0;
}

struct table {
	uint8_t *p;
	size_t n;
};

/* -ENODATA: the table would get too long, or what it is made of is none. */
static int append(struct table *t, const char *name, const struct host_file *file)
{
	const uint64_t n_data = file ? file->n_bytes : 0;
	uint8_t *more, *entry;

	if (strlen(name) >= MOK_NAME_BYTES || n_data > MOST_BYTES - MOK_HEAD_BYTES ||
	    t->n > MOST_BYTES - MOK_HEAD_BYTES - n_data)
		return -ENODATA;
	more = realloc(t->p, t->n + MOK_HEAD_BYTES + n_data);
	if (!more)
		return -ENOMEM;
	entry = more + t->n;
	memset(entry, 0, MOK_HEAD_BYTES);
	memcpy(entry, name, strlen(name) + 1);
	memcpy(entry + MOK_NAME_BYTES, &n_data, sizeof(n_data));
	if (n_data)
		memcpy(entry + MOK_HEAD_BYTES, file->text, n_data);
	*t = (struct table){ more, t->n + MOK_HEAD_BYTES + n_data };
	return 0;
}

static int append_file(const char *root, const char *name, struct table *t)
{
	scoped_host_file file = { NULL, 0 };
	char path[sizeof(MOK_VARIABLES) + NAME_MAX + 2];
	int r;

	snprintf(path, sizeof(path), MOK_VARIABLES "/%s", name);
	r = host_file_read(root, path, &file);
	if (r == 0)
		r = append(t, name, &file);
	return r < 0 && r != -ENOMEM ? -ENODATA : r;
}

static int is_name(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static int append_all(const char *root, struct table *t)
{
	struct dirent **name;
	char path[PATH_MAX];
	int n, r = 0;

	snprintf(path, sizeof(path), "%s" MOK_VARIABLES, root);
	/* in an order that does not depend on the folder's */
	n = scandir(path, &name, is_name, alphasort);
	if (n <= 0)
		return n < 0 && errno == ENOMEM ? -ENOMEM : -ENODATA;
	for (int i = 0; i < n; i++) {
		if (r == 0)
			r = append_file(root, name[i]->d_name, t);
		free(name[i]);
	}
	free(name);
	/* an entry without a name is the end */
	return r == 0 ? append(t, "", NULL) : r;
}

int shown_mok_variables(const char *root, struct bytes *ret_table)
{
	struct table t = { NULL, 0 };
	const int r = append_all(root, &t);

	if (r < 0) {
		free(t.p);
		t = (struct table){ NULL, 0 };
	}
	*ret_table = (struct bytes){ t.p, t.n };
	return r == -ENOMEM ? r : 0;
}
