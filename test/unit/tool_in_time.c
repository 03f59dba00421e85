// SPDX-License-Identifier: MIT
/* What takes too long is ended, and whom it waited for with it. */
#include "tool/in_time.h"
#include "base/clock.h"
#include "tap.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static int give(const void *context)
{
	return *(const int *)context;
}

static int die(const void *context)
{
	raise(SIGKILL);
	return 0;
}

/* As who stages again: a child that is to end with its parent. */
static int hang(const void *context)
{
	if (fork() == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		pause();
	}
	wait(NULL);
	return 0;
}

int main(void)
{
	const int done = 0, failed = 7;
	int alive[2], r;
	char end;

	check(done_in_time(give, &done, 100) == 0);
	check(done_in_time(give, &failed, 100) == 7);
	check(done_in_time(die, NULL, 100) == -EINTR);
	require(pipe(alive) == 0);
	r = done_in_time(hang, NULL, 1);
	check_msg(r == -ETIMEDOUT, "%d", r);
	/* both have it open as long as they live */
	close(alive[1]);
	alarm(60);
	check(read(alive[0], &end, 1) == 0);
	/* where nobody is told of children, none is known to have failed */
	signal(SIGCHLD, SIG_IGN);
	check(done_in_time(give, &done, 100) < 0);
	return tap_done();
}
