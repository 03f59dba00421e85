// SPDX-License-Identifier: MIT
/* Documentation/admin-guide/kernel-parameters.txt, console=; serial-console.rst */
#include "host/console.h"
#include "host/file.h"
#include "host/serial_tables.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The port that the kernel's driver says, else by number: four have had theirs since the first PC.
 */
static uint16_t port_of_tty(const char *root, unsigned long n)
{
	static const uint16_t port[] = { 0x3f8, 0x2f8, 0x3e8, 0x2e8 };
	char path[64], line[32];
	unsigned long said = 0;

	snprintf(path, sizeof(path), "/sys/class/tty/ttyS%lu/port", n);
	if (host_file_line(root, path, line, sizeof(line)) == 0)
		said = strtoul(line, NULL, 16);
	if (said && said <= UINT16_MAX - 7)
		return (uint16_t)said;
	return n < ARRAY_SIZE(port) ? port[n] : 0;
}

/* "ttyS1", "ttyS1,115200n8"; "uart8250,io,0x2f8,115200", "uart,io,0x2f8". False: none of these. */
static bool is_serial(const char *root, const char *word, size_t n, uint16_t *ret_port)
{
	static const char *const at_port[] = { "uart8250,io,", "uart,io," };
	unsigned long v;
	char *end;

	if (n > 4 && !strncmp(word, "ttyS", 4) && word[4] >= '0' && word[4] <= '9') {
		v = strtoul(word + 4, &end, 10);
		if (end != word + n && *end != ',')
			return false;
		*ret_port = port_of_tty(root, v);
		return true;
	}
	for (unsigned i = 0; i < ARRAY_SIZE(at_port); i++) {
		const size_t prefix = strlen(at_port[i]);

		if (n <= prefix || strncmp(word, at_port[i], prefix) != 0)
			continue;
		v = strtoul(word + prefix, &end, 16);
		*ret_port = end != word + prefix && v <= UINT16_MAX - 7 ? (uint16_t)v : 0;
		return true;
	}
	return false;
}

/* Of several the last one is the kernel's console; where none is serial, the firmware's tables say.
 */
uint64_t host_console(const char *root)
{
	static const char key[] = "console=";
	scoped_host_file cmdline = { NULL, 0 };
	bool found = false;
	uint16_t port = 0;

	if (host_file_read(root, "/proc/cmdline", &cmdline) == 0)
		for (const char *word = cmdline.text; *word; word += strcspn(word, " \n")) {
			word += strspn(word, " \n");
			if (!strncmp(word, key, sizeof(key) - 1))
				found |= is_serial(root, word + sizeof(key) - 1,
						   strcspn(word, " \n") - (sizeof(key) - 1), &port);
		}
	return found ? port : serial_tables_port(root);
}
