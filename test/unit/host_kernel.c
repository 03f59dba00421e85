// SPDX-License-Identifier: MIT
#include "host/kernel.h"
#include "host/file.h"
#include "tap.h"

#include <string.h>

static void test_ram(void)
{
	struct host_file meminfo;
	const char *total;

	require(host_file_read("", "/proc/meminfo", &meminfo) == 0);
	total = strstr(meminfo.text, "MemTotal:");
	require(total != NULL);
	check(host_total_ram() == strtoull(total + 9, NULL, 10) * 1024);
	host_file_free(&meminfo);
}

int main(void)
{
	test_ram();
	return tap_done();
}
