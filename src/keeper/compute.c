// SPDX-License-Identifier: MIT
#include "keeper/compute.h"
#include "base/caps.h"
#include "base/clock.h"
#include "base/fd.h"
#include "keeper/filter.h"
#include "keeper/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

enum {
	ANSWER_FD = 3,
	MOST_BYTES = 128 << 10, /* of an answer */
	LIMIT_S = 60,		/* no file takes a second */
};

/* What it may take of memory besides what it has. */
#define MOST_MORE (UINT64_C(256) << 20)

/* What is to be computed, from what. */
struct work {
	void (*compute)(void *context, void *answer);
	void *context;
	size_t n_bytes; /* of the answer */
	int fd;		/* that it may read; -1: none */
	bool shows;
	pid_t keeper;
};

/*
 * Nothing else stays open but what it was started with, of which the filter leaves it standard
 * error, for who explains a fault.
 */
static int keep_open(int answer, int input)
{
	int moved = fcntl(answer, F_DUPFD, COMPUTE_FD + 1), last = ANSWER_FD;

	if (input >= 0) {
		input = fcntl(input, F_DUPFD, COMPUTE_FD + 1);
		if (input < 0 || dup2(input, COMPUTE_FD) < 0)
			return -errno;
		last = COMPUTE_FD;
	}
	if (moved < 0 || dup2(moved, ANSWER_FD) < 0)
		return -errno;
	return fd_close_range((unsigned)last + 1, ~0U);
}

static _Noreturn void child_main(const struct work *work, int fd)
{
	const struct filter_bare filter = {
		.answer_fd = ANSWER_FD,
		.input_fd = work->fd < 0 ? -1 : COMPUTE_FD,
		.shows = work->shows,
	};
	const struct memory_use used = memory_use_now();
	static _Alignas(max_align_t) uint8_t answer[MOST_BYTES];
	struct why why;

	be_first_to_go();

	if (keep_open(fd, work->fd) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    caps_drop() < 0)
		_exit(1);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_CPU, LIMIT_S);
	limit(RLIMIT_DATA, used.data + MOST_MORE);
	limit(RLIMIT_AS, used.all + MOST_MORE);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	/* the keeper may have ended before that was asked for */
	if (getppid() != work->keeper)
		_exit(1);
	if (filter_install_bare(&filter, &why) < 0)
		_exit(1);
	work->compute(work->context, answer);
	_exit(write(ANSWER_FD, answer, work->n_bytes) == (ssize_t)work->n_bytes ? 0 : 1);
}

/* All of the answer; what ends before is none. Who shows something waits for who reads it. */
static int await(int fd, void *answer, size_t n_bytes, bool shows)
{
	const int64_t end = shows ? INT64_MAX : now_ms() + LIMIT_S * 1000;
	struct pollfd p = { fd, POLLIN, 0 };
	size_t got = 0;
	int64_t left;
	ssize_t n;

	while (got < n_bytes && (left = end - now_ms()) > 0) {
		if (poll(&p, 1, (int)min_u64((uint64_t)left, LIMIT_S * 1000)) <= 0)
			continue;
		n = read(fd, (uint8_t *)answer + got, n_bytes - got);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -EIO;
		got += (size_t)n;
	}
	return got == n_bytes ? 0 : -ETIMEDOUT;
}

/* Its whole life: 0 and an answer in bytes, which are as many as that has. */
static int live(const struct work *work, uint8_t *answer, struct why *why)
{
	int pipe[2], status, r;
	pid_t pid;

	if (pipe2(pipe, O_CLOEXEC) < 0)
		return why_errno(why, -errno, "parsing: creating a pipe");
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		child_main(work, pipe[1]);
	close(pipe[1]);
	r = pid < 0 ? -errno : await(pipe[0], answer, work->n_bytes, work->shows);
	close(pipe[0]);
	if (pid > 0) {
		kill(pid, SIGKILL);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
		if (r < 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE)
			return why_errno(why, -EPIPE, "standard output");
	}
	return r < 0 ? why_errno(why, r, "the process that parses it failed") : 0;
}

static int run(const struct work *work, void *ret_answer, struct why *why)
{
	uint8_t *answer;
	int r;

	if (work->n_bytes > MOST_BYTES)
		return why_errno(why, -EMSGSIZE, "parsing");
	answer = malloc(work->n_bytes);
	if (!answer)
		return why_errno(why, -ENOMEM, "parsing");
	r = live(work, answer, why);
	if (r == 0)
		memcpy(ret_answer, answer, work->n_bytes);
	free(answer);
	return r;
}

int keeper_compute_from(int fd, void (*compute)(void *context, void *answer), void *context,
			void *ret_answer, size_t n_bytes, struct why *why)
{
	const struct work work = {
		.compute = compute,
		.context = context,
		.n_bytes = n_bytes,
		.fd = fd,
		.keeper = getpid(),
	};

	return run(&work, ret_answer, why);
}

int keeper_compute(void (*compute)(void *context, void *answer), void *context, void *ret_answer,
		   size_t n_bytes, struct why *why)
{
	return keeper_compute_from(-1, compute, context, ret_answer, n_bytes, why);
}

struct showing {
	int (*show)(void *context);
	void *context;
};

static void show(void *context, void *answer)
{
	const struct showing *s = context;
	int32_t status = s->show(s->context);

	if (fflush(NULL) < 0)
		_exit(1);
	memcpy(answer, &status, sizeof(status));
}

int keeper_show(int (*do_show)(void *context), void *context, int *ret_status, struct why *why)
{
	struct showing showing = { do_show, context };
	int32_t status;
	const struct work work = {
		.compute = show,
		.context = &showing,
		.n_bytes = sizeof(status),
		.fd = -1,
		.shows = true,
		.keeper = getpid(),
	};
	int r = run(&work, &status, why);

	if (r == 0)
		*ret_status = (uint8_t)status; /* as a process' would be */
	return r;
}
