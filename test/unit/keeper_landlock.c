// SPDX-License-Identifier: MIT
/* What Landlock alone leaves of a tree: other walls stand before it, and do not show. */
#include "keeper/landlock.h"
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#endif

enum { FIRST = 1, TRUNCATES = 3, NET = 4, SCOPES = 6 }; /* versions of Landlock */

static int tree = -1;
static char folder[] = "/tmp/keeper-landlock-XXXXXX";

static bool try_open(const char *name, int flags)
{
	const int fd = openat(tree, name, flags | O_CLOEXEC, 0600);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static bool reads(void)
{
	return try_open("file", O_RDONLY) && try_open(".", O_RDONLY | O_DIRECTORY);
}

static bool writes(void)
{
	return try_open("file", O_WRONLY);
}

static bool empties(void)
{
	return try_open("file", O_RDONLY | O_TRUNC);
}

static bool makes(void)
{
	return try_open("new", O_WRONLY | O_CREAT) && unlinkat(tree, "new", 0) == 0 &&
	       mkdirat(tree, "new", 0700) == 0 && unlinkat(tree, "new", AT_REMOVEDIR) == 0;
}

static bool makes_link(void)
{
	return symlinkat("/etc/passwd", tree, "link") == 0;
}

static bool makes_fifo(void)
{
	return mkfifoat(tree, "fifo", 0600) == 0;
}

/* It is no program at all: whoever may execute it is told so. */
static bool executes(void)
{
	char *const argv[] = { (char *)"program", NULL };

	syscall(SYS_execveat, tree, "program", argv, argv + 1, 0);
	return errno == ENOEXEC;
}

static bool reads_elsewhere(void)
{
	return open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0;
}

/* A machine without that kind of network forbids it too. */
static bool listens(void)
{
	const struct sockaddr_in any = { .sin_family = AF_INET };

	return bind(socket(AF_INET, SOCK_STREAM, 0), (const struct sockaddr *)&any, sizeof(any)) ==
	       0;
}

static bool signals(void)
{
	return kill(getppid(), 0) == 0;
}

static const struct row {
	const char *name;
	bool (*try)(void);
	int since;		  /* version */
	bool read_only, writable; /* can it, in such a tree? */
} rows[] = {
	{ "reads", reads, FIRST, true, true },
	{ "writes to a file", writes, FIRST, false, true },
	{ "empties a file", empties, TRUNCATES, false, true },
	{ "makes and removes", makes, FIRST, false, true },
	{ "makes a symbolic link", makes_link, FIRST, false, false },
	{ "makes a FIFO", makes_fifo, FIRST, false, false },
	{ "executes a program", executes, FIRST, false, false },
	{ "reads elsewhere", reads_elsewhere, FIRST, false, false },
	{ "listens to a network", listens, NET, false, false },
	{ "signals somebody else", signals, SCOPES, false, false },
};

/* In a process of its own: 1, 0, or -1 where it cannot be shut in. */
static int outcome(const struct row *row, bool writable)
{
	const struct landlock_tree t = { tree, writable };
	const pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		_exit(landlock_restrict(&t, 1) < 0 ? 2 : row->try());
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status) == 2 ? -1 : WEXITSTATUS(status);
}

static void test_row(const struct row *row, int version, bool writable)
{
	const bool can = writable ? row->writable : row->read_only;

	if (version < row->since)
		printf("# Landlock %d does not know of this: %s\n", version, row->name);
	else
		check_msg(outcome(row, writable) == can, "%s, in a tree that is %s: %s", row->name,
			  writable ? "writable" : "read-only", can ? "yes" : "no");
}

static void make_tree(void)
{
	char command[200];

	require(mkdtemp(folder) != NULL);
	tree = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	snprintf(command, sizeof(command),
		 "cd %s && echo x >file && echo x >program && chmod 755 program", folder);
	require(tree >= 0 && system(command) == 0);
}

int main(void)
{
	const int version = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, 1U);
	char command[100];

	if (version < 0) {
		skip("no Landlock here");
		return tap_done();
	}
	make_tree();
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		test_row(&rows[i], version, false);
		test_row(&rows[i], version, true);
	}
	snprintf(command, sizeof(command), "rm -r %s", folder);
	require(system(command) == 0);
	return tap_done();
}
