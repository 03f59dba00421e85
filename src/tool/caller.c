// SPDX-License-Identifier: MIT
/* What a pipeline reaches of this program: its terminal, its random numbers, its stderr. */
#include "tool/tool.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* Kernel random numbers, or no image runs: there is nothing to fall back to. */
void tool_random(void *buf, size_t n)
{
	uint8_t *p = buf;
	ssize_t got;

	while (n) {
		got = getrandom(p, n, 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			fail("getrandom(2) fails: %s", strerror(errno));
			abort();
		}
		p += got;
		n -= (size_t)got;
	}
}

static void note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static void note(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	complain(fmt, ap);
	va_end(ap);
}

void caller_set(struct boot_request *request)
{
	struct boot_caller *caller = &request->caller;

	caller->terminal = tty_open();
	caller->want_keys = tty_want_keys;
	caller->running = tty_running;
	caller->stopped = tty_close;
	caller->random = tool_random;
	caller->progress = progress;
	caller->warn = note;
	caller->note = caller->trace ? note : NULL;
	caller->judged = note;
	hooks_set(request);
}
