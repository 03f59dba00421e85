// SPDX-License-Identifier: MIT
#include "host/kernel.h"

#include <sys/mman.h>
#include <sys/sysinfo.h>

/* First address a process can have with five levels and cannot with four. */
static const uint64_t beyond_4_levels = 1ull << 47;

/*
 * Asked of the kernel by asking for an address: "la57" in /proc/cpuinfo has meant
 * both what the processor can and what the kernel does. A hint is all it is, and
 * the kernel gives addresses up there only to those who ask for them.
 */
bool host_has_5_levels(void)
{
	void *p = mmap((void *)(beyond_4_levels * 2), 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
		       -1, 0);
	bool beyond;

	if (p == MAP_FAILED)
		return false;
	beyond = (uint64_t)p >= beyond_4_levels;
	munmap(p, 4096);
	return beyond;
}

uint64_t host_total_ram(void)
{
	struct sysinfo info;

	return sysinfo(&info) < 0 ? 0 : (uint64_t)info.totalram * info.mem_unit;
}
