// SPDX-License-Identifier: MIT
#include "host/kernel.h"

#include "host/file.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/sysinfo.h>

uint64_t host_total_ram(void)
{
	struct sysinfo info;

	return sysinfo(&info) < 0 ? 0 : (uint64_t)info.totalram * info.mem_unit;
}

/* For the kernel's own lists of what is taken, and for whoever else is at work meanwhile. */
#define REST (UINT64_C(32) << 20)

uint64_t host_spare_ram(const char *root)
{
	static const char key[] = "\nMemAvailable:";
	scoped_host_file info = { NULL, 0 };
	const char *at;
	uint64_t n;

	if (host_file_read(root, "/proc/meminfo", &info) < 0)
		return UINT64_MAX;
	at = strstr(info.text, key);
	if (!at)
		return UINT64_MAX;
	n = strtoull(at + sizeof(key) - 1, NULL, 10) << 10;
	return n > REST ? n - REST : 0;
}

bool host_swaps(const char *root)
{
	scoped_host_file swaps = { NULL, 0 };
	const char *first;

	/* behind a line that names the columns, one for each */
	if (host_file_read(root, "/proc/swaps", &swaps) < 0)
		return false;
	first = strchr(swaps.text, '\n');
	return first && first[1];
}

enum host_switch host_switch(const char *text, const char *key)
{
	enum host_switch is = SWITCH_NOT_THERE;
	size_t n = strlen(key);
	bool on;

	for (const char *word = text; *word; word += strcspn(word, " \n")) {
		word += strspn(word, " \n");
		if (strncmp(word, key, n) != 0)
			continue;
		/* as the kernel reads a switch: y, t, 1, on */
		on = word[n] && (strchr("yYtT1", word[n]) || strncasecmp(word + n, "on", 2) == 0);
		is = on ? SWITCH_ON : SWITCH_OFF;
	}
	return is;
}
