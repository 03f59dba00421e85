// SPDX-License-Identifier: MIT
/*
 * Who computes, looked at from outside while it does: its rights, its limits, what it has open, and
 * that it ends with its keeper.
 * usage: keeper_computes [user]
 */
#include "base/clock.h"
#include "keeper/compute.h"
#include "keeper/limits.h"
#include "tap.h"

#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STRAY = 900, ANSWER_FD = 3, NOBODY = 65534, LONG_MS = 60000, SLACK = 64 << 20 };

static volatile pid_t *told; /* its number, once it computes */
static struct memory_use before;
static bool looks;

int __real_poll(struct pollfd *p, nfds_t n, int timeout);
int __wrap_poll(struct pollfd *p, nfds_t n, int timeout);

static void compute(void *context, void *answer)
{
	static const uint32_t never = 0;

	*told = getpid();
	for (;;)
		syscall(SYS_futex, &never, FUTEX_WAIT, never, NULL);
}

/* What a line of one of its files says, whose beginning is name. */
static const char *line_of(const char *file, const char *name)
{
	static char line[256];
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/%s", *told, file);
	f = fopen(path, "re");
	require(f != NULL);
	while (fgets(line, sizeof(line), f) && strncmp(line, name, strlen(name)))
		line[0] = '\0';
	fclose(f);
	line[strcspn(line, "\n")] = '\0';
	return line[0] ? line + strlen(name) + strspn(line + strlen(name), " \t") : "";
}

static void check_line(const char *file, const char *name, const char *wanted)
{
	const char *line = line_of(file, name);

	check_msg(!strcmp(line, wanted), "%s: %s %s", file, name, line);
}

static void check_limit(const char *name, uint64_t most)
{
	const char *line = line_of("limits", name);
	char *end;
	const uint64_t soft = strtoull(line, &end, 10), hard = strtoull(end, NULL, 10);

	check_msg(*line >= '0' && *line <= '9' && end[strspn(end, " ")] != 'u' && soft <= most &&
			  hard <= most,
		  "%s: %s, at most %ju", name, line, (uintmax_t)most);
}

static void check_files(void)
{
	char path[64];
	struct dirent *d;
	int last = -1;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", *told);
	dir = opendir(path);
	require(dir != NULL);
	while ((d = readdir(dir)))
		last = atoi(d->d_name) > last ? atoi(d->d_name) : last;
	closedir(dir);
	check_msg(last == ANSWER_FD, "its last descriptor is %d", last);
}

/* The kernel gives the files of who hides his memory to root. */
static void check_hidden(void)
{
	char path[64];
	struct stat st = { 0 };

	snprintf(path, sizeof(path), "/proc/%d/limits", *told);
	check_msg(stat(path, &st) == 0 && st.st_uid == 0, "its files are user %u's", st.st_uid);
}

static void look(void)
{
	check_line("status", "CapPrm:", "0000000000000000");
	check_line("status", "CapEff:", "0000000000000000");
	if (geteuid() == 0) /* a user cannot take what he does not have */
		check_line("status", "CapBnd:", "0000000000000000");
	check_line("status", "NoNewPrivs:", "1");
	check_line("status", "Seccomp:", "2");
	check_line("oom_score_adj", "", "1000");
	check_limit("Max core file size", 0);
	check_limit("Max cpu time", 60);
	check_limit("Max data size", before.data + (256 << 20) + SLACK);
	check_limit("Max address space", before.all + (256 << 20) + SLACK);
	if (geteuid() == 0)
		check_files();
	else
		check_hidden();
}

static bool wait_until_told(void)
{
	for (int64_t end = now_ms() + LONG_MS; !*told && now_ms() < end;)
		usleep(1000);
	return *told != 0;
}

/* The keeper waits for an answer, which does not come. */
int __wrap_poll(struct pollfd *p, nfds_t n, int timeout)
{
	if (looks) {
		looks = false;
		require(wait_until_told());
		look();
		require(kill(*told, SIGKILL) == 0);
	}
	return __real_poll(p, n, timeout);
}

static void test_looked_at(void)
{
	uint64_t answer = 0;
	struct why why;

	looks = true;
	before = memory_use_now();
	check(keeper_compute(compute, NULL, &answer, sizeof(answer), &why) < 0 && !looks);
}

/* Its keeper is killed: it ends, and comes to us. */
static void test_keeper_ends(void)
{
	const int64_t end = now_ms() + LONG_MS;
	int status = 0;
	pid_t pid, ended = 0;

	*told = 0;
	require(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0);
	pid = fork();
	if (pid == 0) {
		uint64_t answer;
		struct why why;

		_exit(keeper_compute(compute, NULL, &answer, sizeof(answer), &why) < 0);
	}
	require(pid > 0 && wait_until_told());
	require(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);
	while (ended == 0 && now_ms() < end) {
		ended = waitpid(*told, &status, WNOHANG);
		usleep(1000);
	}
	check_msg(ended == *told && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL,
		  "it ends with its keeper");
	if (ended == 0)
		kill(*told, SIGKILL);
}

int main(int argc, char **argv)
{
	if (argc > 1 && geteuid() == 0) {
		require(setgroups(0, NULL) == 0 && setresgid(NOBODY, NOBODY, NOBODY) == 0 &&
			setresuid(NOBODY, NOBODY, NOBODY) == 0);
		prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	}
	told = mmap(NULL, sizeof(*told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	require(told != MAP_FAILED && dup2(STDERR_FILENO, STRAY) == STRAY);
	test_looked_at();
	test_keeper_ends();
	return tap_done();
}
