// SPDX-License-Identifier: MIT
/* The terminal bardo runs in, raw while an image reads keys, and as it was on every way out. */
#include "tool/tool.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static struct termios before;
static volatile sig_atomic_t raw;
static bool at_end; /* of standard input */

/* Async signal safe. */
static void restore(void)
{
	if (raw)
		tcsetattr(STDIN_FILENO, TCSANOW, &before);
	raw = 0;
}

static void on_signal(int number)
{
	restore();
	signal(number, SIG_DFL);
	raise(number);
}

/* Keys one by one and unseen; Ctrl-C stays the user's way to end it all. */
static void make_raw(void)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	struct termios t;

	if (raw || tcgetattr(STDIN_FILENO, &before) < 0)
		return;
	for (unsigned i = 0; i < ARRAY_SIZE(ends); i++)
		signal(ends[i], on_signal);
	atexit(restore);
	t = before;
	t.c_iflag &= ~(tcflag_t)(ICRNL | INLCR | IXON);
	t.c_lflag &= ~(tcflag_t)(ICANON | ECHO | IEXTEN);
	t.c_cc[VMIN] = 0;
	t.c_cc[VTIME] = 0;
	raw = 1;
	tcsetattr(STDIN_FILENO, TCSANOW, &t);
}

static void tty_write(void *context, const char *utf8, size_t n)
{
	ssize_t r;

	while (n) {
		r = write(STDOUT_FILENO, utf8, n);
		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0)
			return; /* nobody reads it any more; the image goes on all the same */
		utf8 += r;
		n -= (size_t)r;
	}
}

static bool typed_within(int timeout_ms)
{
	struct pollfd p = { STDIN_FILENO, POLLIN, 0 };

	if (at_end) {
		poll(NULL, 0, timeout_ms);
		return false;
	}
	return poll(&p, 1, timeout_ms) > 0;
}

static size_t tty_read(void *context, uint8_t *buf, size_t n)
{
	ssize_t r;

	if (isatty(STDIN_FILENO))
		make_raw();
	if (n == 0 || !typed_within(0))
		return 0;
	r = read(STDIN_FILENO, buf, n);
	if (r == 0 && !raw)
		at_end = true;
	return r > 0 ? (size_t)r : 0;
}

static void tty_wait(void *context, int timeout_ms)
{
	if (isatty(STDIN_FILENO))
		make_raw();
	typed_within(timeout_ms);
}

struct firmware_terminal tty_open(void)
{
	struct firmware_terminal t = {
		.interactive = isatty(STDOUT_FILENO),
		.columns = 80,
		.rows = 25,
		.write = tty_write,
		.read = tty_read,
		.wait = tty_wait,
	};
	struct winsize size;

	if (t.interactive && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20 &&
	    size.ws_row >= 5) {
		t.columns = size.ws_col;
		t.rows = size.ws_row;
	}
	return t;
}

void tty_close(void)
{
	restore();
}
