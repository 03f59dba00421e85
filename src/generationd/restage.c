// SPDX-License-Identifier: MIT
#include "generationd/restage.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"

static void run(const char *bardo)
{
	const pid_t child = fork();

	if (child == 0) {
		execl(bardo, "bardo", "restage", NULL);
		/* its exit status is nobody's to read: `bardo status` tells that nothing changed */
		_exit(127);
	}
	while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
}

/* Ends with the daemon: its end of the pipe is the only one. */
static void __attribute__((noreturn)) serve(int from, const char *bardo)
{
	char words[1 << 16]; /* a whole pipe: all that were said meanwhile are one */
	ssize_t n;

	prctl(PR_SET_NAME, "bardo-restager");
	while ((n = read(from, words, sizeof(words))) > 0 || (n < 0 && errno == EINTR)) {
		if (n > 0)
			run(bardo);
	}
	_exit(0);
}

int restage_open(const char *bardo, struct why *why)
{
	int end[2];
	pid_t child;

	if (pipe2(end, O_CLOEXEC) < 0)
		return why_errno(why, -errno, "pipe");
	child = fork();
	if (child == 0) {
		close(end[1]);
		serve(end[0], bardo);
	}
	close(end[0]);
	/* a restager that was killed must not take along who tells readers of clones */
	signal(SIGPIPE, SIG_IGN);
	if (child < 0 || fcntl(end[1], F_SETFL, O_NONBLOCK) < 0) {
		close(end[1]);
		return why_errno(why, -errno, "restager");
	}
	return end[1];
}

int restage_open_note(const char *folder, struct why *why)
{
	char path[256];
	int fd;

	if ((size_t)snprintf(path, sizeof(path), "%s/cloned", folder) >= sizeof(path))
		return why_set(why, -ENAMETOOLONG, "%s: too long", folder);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	return fd < 0 ? why_errno(why, -errno, "%s", path) : fd;
}

void restage_ask(int fd)
{
	const char word = 1;

	if (fd >= 0)
		(void)!write(fd, &word, 1);
}
