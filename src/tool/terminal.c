// SPDX-License-Identifier: MIT
/* The terminal bardo runs in, raw while an image reads keys, and as it was on every way out. */
#include "tool/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

/* What one process writes and the other has to know: a page of both. */
static volatile struct {
	sig_atomic_t drawn; /* colours, perhaps, and the cursor gone */
	int lost;	    /* errno of what could not be written */
} nobody, *told = &nobody;

static struct termios before, during;
static volatile sig_atomic_t raw, firmware;
static bool on_screen; /* standard output is a terminal */
static bool at_end;    /* of standard input */

/* Colours and cursor, then the line's own settings. Async signal safe. */
static void restore(void)
{
	static const char usual[] = "\033[0m\033[?25h";

	if (told->drawn && write(STDOUT_FILENO, usual, sizeof(usual) - 1) < 0)
		told->lost = errno;
	told->drawn = 0;
	if (raw)
		tcsetattr(STDIN_FILENO, TCSANOW, &before);
	raw = 0;
}

static void on_end(int number)
{
	restore();
	signal(number, SIG_DFL);
	raise(number);
}

/*
 * Ctrl-Z: the shell's turn, with a terminal as it knows it, and nobody to write to it. The
 * terminal's own signals do not stop the firmware's process, which may be the first of its
 * namespace.
 */
static void on_stop(int number)
{
	const int saved = errno; /* NOLINT(bugprone-signal-handler): a thread's own */
	const bool was_raw = raw;
	sigset_t set;

	if (firmware)
		kill(firmware, SIGSTOP);
	restore();
	signal(number, SIG_DFL);
	raise(number);
	sigemptyset(&set);
	sigaddset(&set, number);
	sigprocmask(SIG_UNBLOCK, &set, NULL); /* it is here that it stops */
	signal(number, on_stop);
	if (was_raw)
		tcsetattr(STDIN_FILENO, TCSANOW, &during);
	raw = was_raw;
	if (firmware)
		kill(firmware, SIGCONT);
	errno = saved;
}

/* After SIGSTOP, which nobody is told of, the terminal may be as a shell left it. */
static void on_continue(int number)
{
	const int saved = errno; /* NOLINT(bugprone-signal-handler): a thread's own */

	if (raw)
		tcsetattr(STDIN_FILENO, TCSANOW, &during);
	errno = saved;
}

/* Nobody else's: not of nohup(1), which ignores one, nor of a sanitizer. */
static void take_signal(int number, void (*handler)(int))
{
	struct sigaction old;

	if (sigaction(number, NULL, &old) == 0 && old.sa_handler == SIG_DFL)
		signal(number, handler);
}

static void watch_ends(void)
{
	static const int ends[] = { SIGINT,  SIGTERM, SIGHUP,  SIGQUIT,
				    SIGPIPE, SIGABRT, SIGSEGV, SIGBUS };

	for (unsigned i = 0; i < ARRAY_SIZE(ends); i++)
		take_signal(ends[i], on_end);
	take_signal(SIGTSTP, on_stop);
	take_signal(SIGCONT, on_continue);
	atexit(restore);
}

/* Keys one by one and unseen; Ctrl-C stays the user's way to end it all. */
void tty_want_keys(void)
{
	if (raw || !isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &before) < 0)
		return;
	during = before;
	during.c_iflag &= ~(tcflag_t)(ICRNL | INLCR | IXON);
	during.c_lflag &= ~(tcflag_t)(ICANON | ECHO | IEXTEN);
	during.c_cc[VMIN] = 0;
	during.c_cc[VTIME] = 0;
	raw = 1;
	tcsetattr(STDIN_FILENO, TCSANOW, &during);
	raw = 1; /* also when it was stopped, and so restored, just before */
}

static void tty_write(void *context, const char *utf8, size_t n)
{
	ssize_t r;

	told->drawn = on_screen;
	while (n) {
		r = write(STDOUT_FILENO, utf8, n);
		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0) {
			/* the image goes on all the same; tty_lost() tells in the end */
			told->lost = r < 0 ? errno : EIO;
			return;
		}
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

	if (n == 0 || !typed_within(0))
		return 0;
	r = read(STDIN_FILENO, buf, n);
	if (r == 0 ? !isatty(STDIN_FILENO) : r < 0 && errno == EBADF)
		at_end = true;
	return r > 0 ? (size_t)r : 0;
}

static bool tty_ended(void *context)
{
	return at_end;
}

static void tty_wait(void *context, int timeout_ms)
{
	typed_within(timeout_ms);
}

/* As it is now: people resize their windows. */
static void tty_size(void *context, unsigned *inout_columns, unsigned *inout_rows)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col < 20 || size.ws_row < 5)
		return;
	*inout_columns = size.ws_col;
	*inout_rows = size.ws_row;
}

struct firmware_terminal tty_open(void)
{
	struct firmware_terminal t = {
		.interactive = isatty(STDOUT_FILENO),
		.columns = 80,
		.rows = 25,
		.size = tty_size,
		.write = tty_write,
		.read = tty_read,
		.wait = tty_wait,
		.ended = tty_ended,
	};

	void *page = mmap(NULL, sizeof(*told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			  -1, 0);

	if (page != MAP_FAILED)
		told = page;
	on_screen = t.interactive;
	if (t.interactive || isatty(STDIN_FILENO))
		watch_ends();
	return t;
}

void tty_running(pid_t pid)
{
	firmware = pid;
}

int tty_lost(void)
{
	return told->lost;
}

void tty_close(void)
{
	restore();
}

int output_divert(int *ret_output)
{
	*ret_output = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (*ret_output < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
		return fail("standard output: %s", strerror(errno));
	return EXIT_DONE;
}

void output_restore(int output)
{
	fflush(stdout);
	dup2(output, STDOUT_FILENO);
}
