// SPDX-License-Identifier: MIT
/* The child that has staged images made anew: a script here, that notes its being called. */
#include "generationd/restage.h"
#include "tap.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char dir[] = "/tmp/bardo-test-XXXXXX", script[64], calls[64];

/* Notes its words and the signals that it ignores, then does more. */
static void write_script(const char *more)
{
	FILE *f;

	snprintf(script, sizeof(script), "%s/bardo", dir);
	snprintf(calls, sizeof(calls), "%s/calls", dir);
	f = fopen(script, "w");
	require(f);
	fprintf(f,
		"#!/bin/sh\nset -- $* $# $(sed -n 's/^SigIgn:.*\\(....\\)$/\\1/p' "
		"/proc/self/status)\necho \"$*\" >>%s\n%s\n",
		calls, more);
	fclose(f);
	require(chmod(script, 0700) == 0);
}

static void wait_ms(long ms)
{
	const struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

static unsigned n_calls(void)
{
	char line[64];
	FILE *f = fopen(calls, "r");
	unsigned n = 0;

	while (f && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = 0;
		check_msg(!strcmp(line, "restage 1 0000"), "called with: %.15s", line);
		n++;
	}
	if (f)
		fclose(f);
	return n;
}

static unsigned wait_for_calls(unsigned least)
{
	struct stat st;

	for (unsigned i = 0; i < 3000; i++) {
		if (stat(calls, &st) == 0 && st.st_size >= (off_t)least * 15)
			break;
		wait_ms(20);
	}
	wait_ms(300); /* for one too many */
	return n_calls();
}

/* The call that is under way ends; it takes the file away. */
static void let_end(void)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "%s/go", dir);
	f = fopen(path, "w");
	require(f);
	fclose(f);
}

static void test_calls(void)
{
	char more[128];
	struct why why;
	int fd, status;
	pid_t child;

	/* a call that failed is not the last one */
	snprintf(more, sizeof(more), "until rm %s/go 2>/dev/null; do sleep 0.05; done; exit 1",
		 dir);
	write_script(more);
	fd = restage_open(script, &why);
	require(fd >= 0);
	check(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	restage_ask(fd);
	check(wait_for_calls(1) == 1);
	let_end();
	restage_ask(fd);
	check(wait_for_calls(2) == 2);
	/* while it runs: many words are one, and who asks does not wait */
	for (unsigned i = 0; i < 100000; i++)
		restage_ask(fd);
	let_end();
	check(wait_for_calls(3) == 3);
	let_end();
	close(fd);
	child = wait(&status);
	check(child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0);
	unlink(calls);
}

/* One that is killed does not take along who asks. */
static void test_killed(void)
{
	struct why why;
	int fd, status;

	signal(SIGPIPE, SIG_DFL);
	write_script("kill -KILL $PPID");
	fd = restage_open(script, &why);
	require(fd >= 0);
	restage_ask(fd);
	check(wait(&status) > 0 && WIFSIGNALED(status));
	restage_ask(fd);
	check(wait_for_calls(1) == 1);
	close(fd);
	restage_ask(-1);
}

int main(void)
{
	/* whoever ran us may ignore some: nohup, a shell's background */
	for (int i = 1; i < SIGALRM; i++)
		(void)signal(i, SIG_DFL);
	require(mkdtemp(dir));
	test_calls();
	test_killed();
	unlink(script);
	unlink(calls);
	rmdir(dir);
	return tap_done();
}
