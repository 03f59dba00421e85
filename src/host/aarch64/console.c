// SPDX-License-Identifier: MIT
#include "host/console.h"
#include "host/file.h"

#include <stdlib.h>
#include <string.h>

/* Of the line's registers: the driver says where they are, and what kind it is. */
#define PL011 "/sys/class/tty/ttyAMA0/"

enum { PORT_AMBA = 32 }; /* linux/serial_core.h */

static uint64_t number(const char *root, const char *path, int base)
{
	scoped_host_file file = { NULL, 0 };

	return host_file_read(root, path, &file) == 0 ? strtoull(file.text, NULL, base) : 0;
}

uint64_t host_console(const char *root)
{
	scoped_host_file cmdline = { NULL, 0 };

	if (host_file_read(root, "/proc/cmdline", &cmdline) < 0 ||
	    !strstr(cmdline.text, "console=ttyAMA0") || number(root, PL011 "type", 10) != PORT_AMBA)
		return 0;
	return number(root, PL011 "iomem_base", 16);
}
