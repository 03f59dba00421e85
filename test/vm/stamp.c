// SPDX-License-Identifier: MIT
/*
 * Copies stdin to stdout with the time before each line: CLOCK_MONOTONIC of the
 * host in seconds, taken when the line's first byte arrived. The clocks inside
 * the machines stop counting at a kexec, so what is measured across one has to
 * be measured from outside. Carriage returns of the serial line are dropped.
 */
#include <stdbool.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static void stamp(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	printf("%ld.%06ld ", (long)now.tv_sec, now.tv_nsec / 1000);
}

int main(void)
{
	char buf[4096];
	bool at_start = true;
	ssize_t n;

	while ((n = read(STDIN_FILENO, buf, sizeof(buf))) > 0) {
		for (ssize_t i = 0; i < n; i++) {
			if (buf[i] == '\r')
				continue;
			if (at_start)
				stamp();
			at_start = buf[i] == '\n';
			putchar(buf[i]);
		}
		/* whoever watches the file sees lines as they come */
		if (fflush(stdout) != 0)
			return 1;
	}
	return n < 0;
}
