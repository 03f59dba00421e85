// SPDX-License-Identifier: MIT
#include "tool/in_time.h"
#include "base/clock.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Who waits for a device is beyond a signal's reach for a while: nobody waits for the end of it. */
static int end(pid_t pid)
{
	kill(pid, SIGKILL);
	return -ETIMEDOUT;
}

int done_in_time(int (*work)(const void *context), const void *context, unsigned seconds)
{
	const struct timespec pause = { 0, 10000000 };
	const int64_t until = now_ms() + seconds * INT64_C(1000);
	const pid_t waiting = getpid();
	pid_t pid, ended;
	int status;

	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		/* who waits may have ended before that was asked for */
		status = getppid() == waiting ? work(context) : 1;
		fflush(NULL);
		_exit(status);
	}
	while ((ended = waitpid(pid, &status, WNOHANG)) == 0 || (ended < 0 && errno == EINTR)) {
		if (now_ms() >= until)
			return end(pid);
		nanosleep(&pause, NULL);
	}
	if (ended < 0)
		return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -EINTR;
}
