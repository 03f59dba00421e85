// SPDX-License-Identifier: MIT
/*
 * usage: breakpoints COMMAND...: run it while this has each hardware breakpoint of each processor;
 * arm64, root
 */
#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

/* They are the command's too, and last as long as it. */
static unsigned take(int cpu)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_BREAKPOINT,
		.size = sizeof(attr),
		.bp_type = HW_BREAKPOINT_X,
		.bp_addr = 0x1000, /* nobody has code there */
		.bp_len = HW_BREAKPOINT_LEN_4,
		.exclude_kernel = 1,
	};
	unsigned n = 0;

	while (syscall(SYS_perf_event_open, &attr, -1, cpu, -1, 0) >= 0)
		n++;
	return n;
}

int main(int argc, char **argv)
{
	const long n = sysconf(_SC_NPROCESSORS_ONLN);

	for (int cpu = 0; cpu < n; cpu++)
		if (!take(cpu)) {
			fprintf(stderr, "breakpoints: processor %d has none\n", cpu);
			return 1;
		}
	if (argc > 1)
		execvp(argv[1], argv + 1);
	perror("breakpoints");
	return 1;
}
