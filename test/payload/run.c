// SPDX-License-Identifier: MIT
/*
 * usage: run DIR [NAME]...
 * Runs the payloads of DIR with $BARDO (default build/bardo), each as a row of
 * run_rows.h says, and prints TAP. Whatever a payload does: bardo ends in time,
 * says one line, leaves no process behind and stages nothing.
 */
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <regex.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum expect {
	PASSES,	 /* exit 0, all of its checks ok, nothing on stderr */
	STOPPED, /* exit 1, one line on stderr; the payload's next line was never reached */
	CLEAN,	 /* exit 0 or one line and exit 1: hardware or bardo may choose */
	ERROR,	 /* exit 1, one line on stderr, out and err as the row says */
	ENDS,	 /* exit 0, out as the row says */
	KILLED,	 /* by us, with SIGKILL */
};

struct row {
	const char *name, *option; /* program and its load options; the options may be NULL */
	enum expect expect;
	const char *out, *err; /* extended regular expressions, NULL: anything */
	const char *args;      /* more of bardo's own, one blank between */
	const char *input;     /* what is typed; NULL: nothing, /dev/null */
};

#include "run_rows.h"

enum { OUTPUT_BYTES = 1 << 20, MAX_ARGS = 24, LIMIT_MS = 25000, KILL_MS = 300 };

struct result {
	int status; /* exit status, 128 + signal, or -1: was stopped at the limit */
	char *out, *err;
	bool child_left;
	unsigned ms;
};

static void need(bool ok, const char *what)
{
	if (!ok)
		tap_require(false, __FILE__, __LINE__, what);
}

static unsigned now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (unsigned)(t.tv_sec * 1000 + t.tv_nsec / 1000000);
}

static uint32_t crc32_of(const uint8_t *p, size_t n)
{
	uint32_t crc = ~0u;
	unsigned bit;

	for (; n > 0; n--, p++) {
		crc ^= *p;
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

/*
 * Two files of odd lengths: what the payload sees is one behind the other, the
 * second one where the kernel looks for the next archive, at a multiple of 4.
 */
static void initrd_make(const char *dir)
{
	enum { FIRST = 300001, SECOND = 70003, PAD = 3 };
	static uint8_t bytes[FIRST + PAD + SECOND];
	char path[2][150];
	unsigned i;
	int fd;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = i - FIRST < PAD ? 0 : (uint8_t)(i * 2654435761u >> 24);
	for (i = 0; i < 2; i++) {
		snprintf(path[i], sizeof(path[i]), "%s/initrd%u", dir, i);
		fd = open(path[i], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		need(fd >= 0 && write(fd, bytes + i * (FIRST + PAD), i ? SECOND : FIRST) ==
					(i ? SECOND : FIRST),
		     "initrd files can be written");
		close(fd);
	}
	snprintf(initrd_args, sizeof(initrd_args), "--initrd %s --initrd %s", path[0], path[1]);
	snprintf(initrd_says, sizeof(initrd_says), "^initrd %zu bytes crc 0x%x", sizeof(bytes),
		 crc32_of(bytes, sizeof(bytes)));
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

static unsigned split(char *words, char **argv)
{
	unsigned n = 0;
	char *word;

	for (word = strtok(words, " "); word; word = strtok(NULL, " "))
		argv[n++] = word;
	return n;
}

static void run_child(const char *bardo, const char *image, const struct row *row, int in, int out,
		      int err)
{
	char *argv[MAX_ARGS] = { (char *)bardo, (char *)"run", (char *)image };
	char words[400] = "";
	unsigned n = 3;

	if (row->option) {
		argv[n++] = (char *)"--cmdline";
		argv[n++] = (char *)row->option;
	}
	if (row->args) {
		strncpy(words, row->args, sizeof(words) - 1);
		n += split(words, argv + n);
	}
	argv[n] = NULL;
	dup2(in, 0);
	dup2(out, 1);
	dup2(err, 2);
	execv(bardo, argv);
	_exit(127);
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

static struct result run(const char *bardo, const char *dir, const struct row *row)
{
	struct result r = { .status = -1 };
	struct pollfd p = { .events = POLLIN };
	unsigned start = now_ms();
	int in, out, err, wstatus = 0;
	char image[300];
	pid_t pid;

	snprintf(image, sizeof(image), "%s/%s.efi", dir, row->name);
	in = row->input ? memfd_with(row->input) : open("/dev/null", O_RDONLY | O_CLOEXEC);
	out = memfd_with(NULL);
	err = memfd_with(NULL);
	pid = fork();
	if (pid == 0)
		run_child(bardo, image, row, in, out, err);
	p.fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (poll(&p, 1, row->expect == KILLED ? KILL_MS : LIMIT_MS) == 1) {
		waitpid(pid, &wstatus, 0);
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

static bool matches(const char *text, const char *pattern)
{
	regex_t re;
	bool ok;

	if (pattern == NULL)
		return true;
	if (regcomp(&re, pattern, REG_EXTENDED | REG_NEWLINE | REG_NOSUB) != 0)
		return false;
	ok = regexec(&re, text, 0, NULL, 0) == 0;
	regfree(&re);
	return ok;
}

static unsigned count_lines(const char *text, const char *start)
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

/* Its checks all ok, and as many as its plan says. */
static bool tap_whole(const char *out)
{
	const char *plan = strncmp(out, "1..", 3) == 0 ? out : strstr(out, "\n1..");
	unsigned n;

	if (plan == NULL || count_lines(out, "not ok") > 0)
		return false;
	n = (unsigned)strtoul(plan + (*plan == '\n' ? 4 : 3), NULL, 10);
	return n > 0 && n == count_lines(out, "ok ");
}

static bool one_line(const char *err)
{
	return err[0] != 0 && err[0] != '\n' && count_lines(err, "") == 1 && strlen(err) < 400;
}

/* What is wrong with it, or NULL. */
static const char *judge(const struct row *row, const struct result *r)
{
	if (r->child_left)
		return "left a process behind";
	if (row->expect == KILLED)
		return r->status == -1 ? NULL : "ended before it was killed";
	if (r->status == -1)
		return "did not end";
	if (strstr(r->err, "Sanitizer") || strstr(r->err, "runtime error"))
		return "a sanitizer spoke";
	if (r->status != 0 && r->status != 1)
		return "exit status is neither 0 nor 1";
	if (!matches(r->out, row->out) || !matches(r->err, row->err))
		return "did not say what it should";
	switch (row->expect) {
	case PASSES:
		return r->status != 0	    ? "exit status"
		       : !tap_whole(r->out) ? "checks"
		       : r->err[0]	    ? "stderr"
					    : NULL;
	case STOPPED:
		return r->status != 1	   ? "exit status"
		       : !one_line(r->err) ? "not one line on stderr"
		       : strstr(r->out, "came back") || count_lines(r->out, "not ok") ? "went on"
										      : NULL;
	case CLEAN:
		return r->status == 1 && !one_line(r->err) ? "not one line on stderr"
		       : count_lines(r->out, "not ok")	   ? "checks"
							   : NULL;
	case ERROR:
		return r->status != 1	   ? "exit status"
		       : !one_line(r->err) ? "not one line on stderr"
					   : NULL;
	case ENDS:
		return r->status != 0 ? "exit status" : r->err[0] ? "stderr" : NULL;
	case KILLED:
		break;
	}
	return "no such expectation";
}

static void show(const char *what, const char *text)
{
	unsigned n = 0;

	while (*text && n++ < 400) {
		printf("# %s: %.*s\n", what, (int)strcspn(text, "\n"), text);
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
}

/* Of a long report of checks only what is wrong. */
static void show_checks(const char *text)
{
	bool wrong = false;

	while (*text) {
		if (strncmp(text, "ok ", 3) == 0)
			wrong = false;
		else if (strncmp(text, "not ok", 6) == 0)
			wrong = true;
		if (wrong || (text[0] == '#' && strncmp(text, "# at", 4) != 0))
			printf("# out: %.*s\n", (int)strcspn(text, "\n"), text);
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
}

static void run_row(const char *bardo, const char *dir, const struct row *row)
{
	struct result r = run(bardo, dir, row);
	const char *wrong = judge(row, &r);
	const char *text = getenv("VERBOSE");

	check_msg(wrong == NULL, "%s%s%s%s%s%s", row->name, row->option ? " " : "",
		  row->option ? row->option : "", row->expect == KILLED ? ", killed" : "",
		  wrong ? ": " : "", wrong ? wrong : "");
	if (r.ms > 1000 || wrong || text)
		printf("# took %u ms\n", r.ms);
	if (wrong || text) {
		printf("# exit status %d\n", r.status);
		if (text)
			show("out", r.out);
		else
			show_checks(r.out);
		show("err", r.err);
	}
	free(r.out);
	free(r.err);
}

static char kexec_loaded(void)
{
	int fd = open("/sys/kernel/kexec_loaded", O_RDONLY | O_CLOEXEC);
	char c = '?';

	if (fd >= 0 && read(fd, &c, 1) != 1)
		c = '?';
	if (fd >= 0)
		close(fd);
	return c;
}

static bool chosen(const struct row *row, char **names)
{
	for (; *names; names++)
		if (strcmp(*names, row->name) == 0 || (row->option && !strcmp(*names, row->option)))
			return true;
	return false;
}

int main(int argc, char **argv)
{
	const char *bardo = getenv("BARDO") ? getenv("BARDO") : "build/bardo";
	char temp[] = "/tmp/payload-XXXXXX", staged = kexec_loaded(), path[64];
	const struct row *row;
	unsigned i;

	if (argc < 2)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	need(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0, "orphans come to us");
	need(mkdtemp(temp) != NULL, "a folder for initrd files");
	initrd_make(temp);
	for (row = rows; row < rows + sizeof(rows) / sizeof(*rows); row++)
		if (argc == 2 || chosen(row, argv + 2))
			run_row(bardo, argv[1], row);
	check(kexec_loaded() == staged);
	for (i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/initrd%u", temp, i);
		unlink(path);
	}
	rmdir(temp);
	return tap_done();
}
