// SPDX-License-Identifier: MIT
/*
 * usage: typist [WAIT KEYS]... -- COMMAND...
 *
 * Runs COMMAND at a terminal of its own and types KEYS there as soon as WAIT has
 * appeared behind what was waited for before. All that the terminal shows goes to
 * stdout. Ends as COMMAND does; with 1 when keys were left over.
 */
#include <errno.h>
#include <pty.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char screen[1 << 20];
static size_t n_screen;

/* What somebody may wait for is text: a screen's control sequences may stand anywhere else. */
static size_t find(size_t from, const char *what)
{
	const size_t n = strlen(what);

	for (size_t at = from; at + n <= n_screen; at++)
		if (!memcmp(screen + at, what, n))
			return at + n;
	return 0;
}

static int type(int terminal, const char *keys)
{
	return write(terminal, keys, strlen(keys)) == (ssize_t)strlen(keys) ? 0 : -1;
}

/* The terminal ends with -EIO when the last of its programs has. */
static ssize_t show(int terminal)
{
	ssize_t n;

	if (n_screen == sizeof(screen))
		return -1;
	n = read(terminal, screen + n_screen, sizeof(screen) - n_screen);
	if (n <= 0)
		return -1;
	if (write(STDOUT_FILENO, screen + n_screen, (size_t)n) != n)
		return -1;
	n_screen += (size_t)n;
	return n;
}

static int status_of(pid_t child)
{
	int status;

	if (waitpid(child, &status, 0) < 0)
		return 1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
	const struct winsize size = { .ws_row = 25, .ws_col = 80 };
	size_t seen = 0, end;
	int i = 1, terminal, status, command = 1;
	pid_t child;

	while (command < argc && strcmp(argv[command], "--") != 0)
		command += 2;
	if (command + 1 >= argc) {
		fprintf(stderr, "usage: typist [WAIT KEYS]... -- COMMAND...\n");
		return 2;
	}
	child = forkpty(&terminal, NULL, NULL, &size);
	if (child == 0) {
		execvp(argv[command + 1], argv + command + 1);
		fprintf(stderr, "typist: %s: %s\n", argv[command + 1], strerror(errno));
		_exit(127);
	}
	if (child < 0) {
		perror("typist: forkpty");
		return 1;
	}
	while (show(terminal) > 0) {
		while (i < command && (end = find(seen, argv[i]))) {
			if (type(terminal, argv[i + 1]) < 0)
				break;
			seen = end;
			i += 2;
		}
	}
	status = status_of(child);
	if (i < command)
		fprintf(stderr, "typist: \"%s\" never appeared\n", argv[i]);
	return i < command && status == 0 ? 1 : status;
}
