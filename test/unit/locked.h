/* SPDX-License-Identifier: MIT */
#pragma once
/* How much of a process's memory is kept off swap devices. */
#include "tap.h"

#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

static inline uint64_t locked_bytes(pid_t pid)
{
	char path[64], line[128];
	uint64_t n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "r");
	require(f != NULL);
	while (fgets(line, sizeof(line), f))
		if (!strncmp(line, "VmLck:", 6))
			n = strtoull(line + 6, NULL, 10) << 10;
	fclose(f);
	return n;
}
