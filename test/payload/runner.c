// SPDX-License-Identifier: MIT
/* Starting bardo, a limit on it, and looking at what is left: see runner.h. */
#include "runner.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { OUTPUT_BYTES = 1 << 20 };

void need(bool ok, const char *what)
{
	if (ok)
		return;
	printf("Bail out! %s\n", what);
	exit(1);
}

void runner_begin(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	need(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0, "orphans come to us");
}

static unsigned now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (unsigned)(t.tv_sec * 1000 + t.tv_nsec / 1000000);
}

static int memfd_with(const char *text)
{
	int fd = memfd_create("payload", MFD_CLOEXEC);

	if (fd < 0 || (text && write(fd, text, strlen(text)) != (ssize_t)strlen(text)))
		need(false, "memfd");
	lseek(fd, 0, SEEK_SET);
	return fd;
}

static char *memfd_text(int fd)
{
	char *text = calloc(1, OUTPUT_BYTES + 1);
	ssize_t n = text ? pread(fd, text, OUTPUT_BYTES, 0) : -1;
	ssize_t i;

	need(n >= 0, "output can be read");
	/* what carriage returns do on a terminal is not looked at */
	for (i = 0; i < n; i++)
		if (text[i] == '\r' || text[i] == 0)
			text[i] = ' ';
	close(fd);
	return text;
}

/* Descendants of a process that ended come to us: see main(). */
static bool orphans(void)
{
	unsigned end = now_ms() + 500;
	pid_t pid;

	do {
		pid = waitpid(-1, NULL, WNOHANG);
		if (pid < 0)
			return false;
		if (pid == 0)
			usleep(5000);
	} while (now_ms() < end);
	return true;
}

struct result runner_run(char *const argv[], const char *input, int limit_ms)
{
	struct result r = { .status = -1 };
	struct pollfd p = { .events = POLLIN };
	unsigned start = now_ms();
	int in, out, err, wstatus = 0;
	struct rusage usage;
	pid_t pid;

	in = input ? memfd_with(input) : open("/dev/null", O_RDONLY | O_CLOEXEC);
	out = memfd_with(NULL);
	err = memfd_with(NULL);
	pid = fork();
	if (pid == 0) {
		dup2(in, 0);
		dup2(out, 1);
		dup2(err, 2);
		execv(argv[0], argv);
		_exit(127);
	}
	p.fd = (int)syscall(SYS_pidfd_open, pid, 0);
	need(pid > 0 && p.fd >= 0, "a process");
	if (poll(&p, 1, limit_ms) == 1) {
		wait4(pid, &wstatus, 0, &usage);
		r.most_kib = (unsigned)usage.ru_maxrss;
		r.status = WIFEXITED(wstatus) ? WEXITSTATUS(wstatus) : 128 + WTERMSIG(wstatus);
	} else {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	r.ms = now_ms() - start;
	r.child_left = orphans();
	r.out = memfd_text(out);
	r.err = memfd_text(err);
	close(p.fd);
	close(in);
	return r;
}

void result_free(struct result *r)
{
	free(r->out);
	free(r->err);
}

const char *result_broken(const struct result *r)
{
	if (r->child_left)
		return "left a process behind";
	if (strstr(r->err, "Sanitizer") || strstr(r->err, "runtime error"))
		return "a sanitizer spoke";
	/* not a terminal: nothing but text */
	if (strchr(r->out, '\033'))
		return "terminal codes into a file";
	return NULL;
}

unsigned count_lines(const char *text, const char *start)
{
	size_t n_start = strlen(start);
	unsigned n = 0;

	while (*text) {
		n += strncmp(text, start, n_start) == 0;
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	return n;
}

bool one_line(const char *err)
{
	return err[0] != 0 && err[0] != '\n' && count_lines(err, "") == 1 && strlen(err) < 400;
}

void show(const char *what, const char *text)
{
	unsigned n_lines = 0;
	size_t n;

	while (*text && n_lines++ < 400) {
		n = strcspn(text, "\n");
		printf("# %s: ", what);
		fwrite(text, 1, n, stdout);
		putchar('\n');
		text += n + (text[n] == '\n');
	}
}

char kexec_loaded(void)
{
	int fd = open("/sys/kernel/kexec_loaded", O_RDONLY | O_CLOEXEC);
	char c = '?';

	if (fd >= 0 && read(fd, &c, 1) != 1)
		c = '?';
	if (fd >= 0)
		close(fd);
	return c;
}
