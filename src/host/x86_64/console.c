// SPDX-License-Identifier: MIT
#include "host/console.h"
#include "host/file.h"

#include <string.h>

/* By its number alone: these four have had their ports since the first PC. */
uint64_t host_console(const char *root)
{
	static const uint16_t port[] = { 0x3f8, 0x2f8, 0x3e8, 0x2e8 };
	scoped_host_file cmdline = { NULL, 0 };
	const char *at;

	if (host_file_read(root, "/proc/cmdline", &cmdline) < 0)
		return 0;
	at = strstr(cmdline.text, "console=ttyS");
	at = at ? at + strlen("console=ttyS") : NULL;
	return at && *at >= '0' && *at <= '3' ? port[*at - '0'] : 0;
}
