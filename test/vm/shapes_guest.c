// SPDX-License-Identifier: MIT
/*
 * Process 1 of a machine with many tables: for each that says who made it, what our parser
 * finds in it; and each device that the kernel's driver has bound.
 */
#include "random/aml.h"
#include "vm/guest.h"

#include <dirent.h>
#include <fcntl.h>
#include <glob.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/reboot.h>
#include <unistd.h>

static uint8_t table[1 << 20];

static size_t read_file(const char *path, uint8_t *p, size_t room)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t n = 0;
	ssize_t got;

	while (fd >= 0 && (got = read(fd, p + n, room - n)) > 0)
		n += (size_t)got;
	close(fd);
	return n;
}

static void show_table(const char *path)
{
	const size_t n = read_file(path, table, sizeof(table));
	struct aml_address at = { 0 };
	int r;

	if (n < 36 || memcmp(table + 16, "SHAPE", 5) != 0)
		return;
	r = aml_vmgenid((struct bytes){ table, n }, &at);
	printf("@table %.3s %d %" PRIx64 " %u %" PRIx64 " %u\n", table + 21, r, at.low.value,
	       at.low.memory_bytes, at.high.value, at.high.memory_bytes);
}

static void show(const char *pattern, void (*show_one)(const char *path))
{
	glob_t found;
	size_t i;

	if (glob(pattern, 0, NULL, &found) != 0)
		return;
	for (i = 0; i < found.gl_pathc; i++)
		show_one(found.gl_pathv[i]);
	globfree(&found);
}

static void show_bound(const char *path)
{
	char text[64] = { 0 };

	read_file(path, (uint8_t *)text, sizeof(text) - 1);
	printf("@bound %s", text);
}

int main(void)
{
	mounts();
	show("/sys/firmware/acpi/tables/SSDT*", show_table);
	/* older kernels have a driver of ACPI's bus */
	show("/sys/bus/acpi/drivers/vmgenid/*/path", show_bound);
	show("/sys/bus/platform/drivers/vmgenid/*/firmware_node/path", show_bound);
	puts("@end");
	fflush(stdout);
	reboot(RB_POWER_OFF);
	return 0;
}
