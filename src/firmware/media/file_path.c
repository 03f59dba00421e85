// SPDX-License-Identifier: MIT
#include "firmware/media/file_path.h"
#include "base/text.h"

#include <errno.h>
#include <string.h>

const char *file_path_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

size_t file_path_folder(const char *path)
{
	const char *name = file_path_name(path);

	return name > path ? (size_t)(name - path) - 1 : 0;
}

static bool allowed(uint16_t c)
{
	return c >= 0x20 && c != 0x7f && (c > 0x7f || !strchr("\"*/:<>?|", c));
}

/* FAT stores no dots or blanks at a name's end, so a name that has some means one without. */
static size_t trimmed(const uint8_t *name, size_t n)
{
	while (n && (text_char(name, n - 1) == '.' || text_char(name, n - 1) == ' '))
		n--;
	return n;
}

/* One more name behind the *inout_n bytes that out holds. */
static int append(const uint8_t *name, size_t n, char *out, size_t *inout_n)
{
	size_t at = *inout_n, used;

	n = trimmed(name, n);
	if (n == 0 || n > FILE_NAME_UNITS)
		return -EINVAL;
	if (at)
		out[at++] = '/';
	for (size_t i = 0; i < n; i += used) {
		if (!allowed(text_char(name, i)))
			return -EINVAL;
		if (at > FILE_PATH_BYTES - 8)
			return -ENAMETOOLONG;
		at += text_to_utf8(name + 2 * i, n - i, out + at, &used);
	}
	out[at] = '\0';
	*inout_n = at;
	return 0;
}

static bool is_dots(const uint8_t *name, size_t n, size_t n_dots)
{
	if (n != n_dots)
		return false;
	for (size_t i = 0; i < n; i++)
		if (text_char(name, i) != '.')
			return false;
	return true;
}

int file_path_join(const char *folder, const void *text, size_t n, char out[static FILE_PATH_BYTES])
{
	const uint8_t *unit = text;
	size_t at = 0, length;
	int r = 0;

	out[0] = '\0';
	if (n == 0 || text_char(unit, 0) != '\\') {
		at = strlen(folder);
		memcpy(out, folder, at + 1);
	}
	for (size_t i = 0; i < n && r == 0; i += length + 1) {
		for (length = 0; i + length < n && text_char(unit, i + length) != '\\';)
			length++;
		if (length == 0 || is_dots(unit + 2 * i, length, 1))
			continue;
		if (!is_dots(unit + 2 * i, length, 2)) {
			r = append(unit + 2 * i, length, out, &at);
		} else if (at == 0) {
			r = -ENOENT;
		} else {
			at = file_path_folder(out);
			out[at] = '\0';
		}
	}
	return r;
}

bool file_name_can_be_opened(const char *name)
{
	uint16_t units[FILE_NAME_UNITS + 1];
	char path[FILE_PATH_BYTES];
	uint64_t n;

	return text_from_utf8(name, units, FILE_NAME_UNITS + 1, &n) &&
	       file_path_join("", units, n, path) == 0 && !strcmp(path, name);
}
