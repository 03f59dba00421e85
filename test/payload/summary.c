// SPDX-License-Identifier: MIT
/*
 * usage: summary FOLDER
 * What somebody at a terminal sees of `bardo run`, and what a pipe gets instead.
 */
#include "tap.h"

#include <pty.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *bardo;
static char image[512], text[1 << 16];

static int end(pid_t pid, int fd)
{
	size_t n = 0;
	ssize_t got;
	int status;

	/* EIO: the terminal has been left */
	while (n < sizeof(text) - 1 && (got = read(fd, text + n, sizeof(text) - 1 - n)) > 0)
		n += (size_t)got;
	text[n] = '\0';
	close(fd);
	require(waitpid(pid, &status, 0) == pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int run(bool at_terminal)
{
	int fd, pipe_fd[2];
	pid_t pid;

	if (at_terminal) {
		pid = forkpty(&fd, NULL, NULL, NULL);
	} else {
		require(pipe(pipe_fd) == 0);
		pid = fork();
		fd = pipe_fd[0];
	}
	if (pid == 0) {
		if (!at_terminal && (dup2(pipe_fd[1], 1) < 0 || dup2(pipe_fd[1], 2) < 0))
			_exit(127);
		if (!at_terminal)
			close(pipe_fd[1]);
		execl(bardo, bardo, "run", image, NULL);
		_exit(127);
	}
	require(pid > 0);
	if (!at_terminal)
		close(pipe_fd[1]);
	return end(pid, fd);
}

int main(int argc, char **argv)
{
	const char *reset, *summary;

	require(argc == 2);
	bardo = getenv("BARDO") ? getenv("BARDO") : "build/bardo";
	snprintf(image, sizeof(image), "%s/ebs.efi", argv[1]);
	check_msg(run(true) == 0, "an image runs at a terminal");
	check_msg(!strncmp(text, "bardo: running ", 15), "which is said");
	reset = strstr(text, "\033[0m\033[?25h");
	summary = strstr(text, "entry    ");
	check_msg(reset && summary && reset < summary,
		  "the terminal is as it was before anything is said of how it ended");
	check_msg(run(false) == 0 && strstr(text, "entry    "), "an image runs without one");
	check_msg(!strstr(text, "bardo: ") && !strchr(text, '\033') && !strchr(text, '\r'),
		  "then there is its output and the summary, nothing else");
	return tap_done();
}
