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

/* A processor that cannot has no kernel that does; more is not to be had from outside. */
static void test_levels(void)
{
	struct host_file cpuinfo;

	require(host_file_read("", "/proc/cpuinfo", &cpuinfo) == 0);
	if (!strstr(cpuinfo.text, " la57"))
		check(!host_has_5_levels());
	else
		skip("the processor has la57: either answer may be right");
	host_file_free(&cpuinfo);
}

int main(void)
{
	test_ram();
	test_levels();
	return tap_done();
}
