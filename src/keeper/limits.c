// SPDX-License-Identifier: MIT
#include "keeper/limits.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

enum { FIRST_TO_GO = 1000 };

struct memory_use memory_use_now(void)
{
	uint64_t all = 0, data = 0;
	FILE *f = fopen("/proc/self/statm", "re");

	if (f && fscanf(f, "%lu %*u %*u %*u %*u %lu", &all, &data) != 2)
		all = data = 0;
	if (f)
		fclose(f);
	return (struct memory_use){ all * PAGE_BYTES, data * PAGE_BYTES };
}

void limit(int resource, uint64_t most)
{
	struct rlimit l;

	if (getrlimit(resource, &l) < 0)
		return;
	l.rlim_max = min_u64(l.rlim_max, most);
	l.rlim_cur = min_u64(l.rlim_cur, l.rlim_max);
	setrlimit(resource, &l);
}

void be_first_to_go(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd >= 0) {
		dprintf(fd, "%d", FIRST_TO_GO);
		close(fd);
	}
}
