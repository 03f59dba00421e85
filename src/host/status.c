// SPDX-License-Identifier: MIT
#include "host/status.h"

#include <stdlib.h>
#include <string.h>

enum { SECCOMP_FILTERED = 2 };

const char *status_field(const struct host_file *status, const char *key)
{
	const char *line = status->text;
	size_t n = strlen(key);

	while (line && strncmp(line, key, n) != 0) {
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	return line ? line + n : NULL;
}

bool status_is_filtered(const char *root)
{
	scoped_host_file status = { NULL, 0 };
	const char *mode;

	if (host_file_read(root, "/proc/self/status", &status) < 0)
		return false;
	mode = status_field(&status, "Seccomp:");
	return mode && atoi(mode) == SECCOMP_FILTERED;
}
