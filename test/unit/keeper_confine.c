// SPDX-License-Identifier: MIT
/*
 * The firmware process that has shut itself in, looked at from outside, as the kernel shows it to
 * the keeper, and from inside, where its descriptors are counted. What no attack tells apart from
 * the wall behind it is seen here: each limit, its memory that nobody reads, what is left open.
 * usage: keeper_confine [user]
 */
#include "keeper/keeper.h"
#include "keeper/confine.h"
#include "tap.h"
#include "unit/keeper_machine.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	RESUME_BYTES = 0x10000,
	MOST_WRITTEN = 12345678,
	SLACK = 64 << 20, /* what a process grows by between two looks, a sanitizer's included */
	MOST_FDS = 4096,  /* looked at */
	STRAY_FAR = 900,
	SOME_GROUP = 7,
};

static const struct ram_range ranges[] = { { 0x100000, 0x200000 } };
static const struct ram_range kept = { 0x180000, 0x190000 };
static struct ram ram;
static int tree = -1, given = -1;
static bool looked;
static struct stat old_root;
static struct memory_use before; /* the keeper's, of which the other is a copy */

/* A line of one of its files that begins with name, from behind that on; or "". */
static const char *line_of(pid_t pid, const char *file, const char *name)
{
	static char line[512];
	const char *found = "";
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	f = fopen(path, "re");
	require(f != NULL);
	while (!*found && fgets(line, sizeof(line), f))
		if (!strncmp(line, name, strlen(name)))
			found = line + strlen(name);
	fclose(f);
	line[strcspn(line, "\n")] = '\0';
	return found;
}

/* Soft and hard: neither can be raised. */
static void check_limit(pid_t pid, const char *name, uint64_t most)
{
	const char *line = line_of(pid, "limits", name);
	uint64_t soft = UINT64_MAX, hard = UINT64_MAX;
	const int n = sscanf(line, "%" SCNu64 " %" SCNu64, &soft, &hard);

	check_msg(n == 2 && soft <= most && hard <= most, "%s: %s, at most %ju", name, line,
		  (uintmax_t)most);
}

static void check_limits(pid_t pid)
{
	const uint64_t notes = ram.n_bytes >> 8;

	check_limit(pid, "Max core file size", 0);
	check_limit(pid, "Max file size", MOST_WRITTEN);
	check_limit(pid, "Max open files", 4096);
	check_limit(pid, "Max processes", 0);
	check_limit(pid, "Max locked memory", 0);
	check_limit(pid, "Max msgqueue size", 0);
	check_limit(pid, "Max data size", before.data + (UINT64_C(1) << 30) + SLACK);
	check_limit(pid, "Max address space",
		    before.all + (UINT64_C(2) << 30) + ram.n_bytes + notes + SLACK);
}

static void check_line(pid_t pid, const char *file, const char *name, const char *wanted)
{
	const char *line = line_of(pid, file, name);

	line += strspn(line, " \t");
	check_msg(!strcmp(line, wanted), "%s: %s %s", file, name, line);
}

static void check_rights(pid_t pid)
{
	static const char *const sets[] = { "CapInh:", "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:" };

	for (unsigned i = 0; i < ARRAY_SIZE(sets); i++)
		check_line(pid, "status", sets[i], "0000000000000000");
	check_line(pid, "status", "NoNewPrivs:", "1");
	check_line(pid, "status", "Seccomp:", "2");
	check_line(pid, "status", "Threads:", "1");
	check_line(pid, "oom_score_adj", "", "1000");
}

/*
 * Signals, as a mask: what a shell or nohup(1) has left, or the keeper has for itself. Those of
 * faults are a sanitizer's where there is one.
 */
static const int usual[] = { SIGINT,  SIGTERM, SIGHUP,	SIGQUIT, SIGPIPE,
			     SIGTSTP, SIGCONT, SIGABRT, SIGUSR1,
#ifndef SANITIZED
			     SIGSEGV, SIGBUS
#endif
};

static uint64_t bit(int number)
{
	return UINT64_C(1) << (number - 1);
}

static void on_signal(int number)
{
}

/* Some are ignored, the others have a handler, and one is blocked. */
static void leave_signals_odd(void)
{
	sigset_t one;

	for (unsigned i = 0; i < ARRAY_SIZE(usual); i++)
		signal(usual[i], i % 2 ? SIG_IGN : on_signal);
	sigemptyset(&one);
	sigaddset(&one, SIGTERM);
	sigprocmask(SIG_BLOCK, &one, NULL);
}

static void check_signals(pid_t pid)
{
	const uint64_t ignored = strtoull(line_of(pid, "status", "SigIgn:"), NULL, 16),
		       caught = strtoull(line_of(pid, "status", "SigCgt:"), NULL, 16);
	uint64_t left = 0;

	for (unsigned i = 0; i < ARRAY_SIZE(usual); i++)
		left |= bit(usual[i]) & (ignored | caught);
	check_msg(!left, "each usual signal ends or stops it: but %#jx", (uintmax_t)left);
	check_msg(ignored & bit(SIGTTIN) && ignored & bit(SIGTTOU),
		  "reading and writing in the background is an error, and does not stop it");
	check_line(pid, "status", "SigBlk:", "0000000000000000");
}

/* The kernel gives the files of who hides his memory to root; folders say nothing. */
static void check_hidden(pid_t pid, const struct walls *walls)
{
	unsigned uid = 0;
	struct stat st = { 0 };
	char path[64];

	require(sscanf(line_of(pid, "status", "Uid:"), "%u", &uid) == 1);
	snprintf(path, sizeof(path), "/proc/%d/limits", pid);
	require(stat(path, &st) == 0);
	if (!uid)
		skip("it runs as root's user ID here: no file tells whether its memory is hidden");
	else
		check_msg(st.st_uid == 0, "user %u, and its files are %u's", uid, st.st_uid);
	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	if (geteuid())
		check_msg(open(path, O_RDONLY | O_CLOEXEC) < 0 && errno == EACCES,
			  "its own user cannot read its memory");
	else if (walls->error[WALL_IDENTITY])
		skip("this root can be nobody else");
	else {
		check_msg(uid >= 0x70000000, "as root it is nobody there is: %u", uid);
		check_line(pid, "status", "Groups:", "");
	}
}

static void began(void *context, const struct walls *walls, pid_t pid)
{
	looked = true;
	check_limits(pid);
	check_rights(pid);
	check_signals(pid);
	check_hidden(pid, walls);
}

static bool is_same(int fd, const struct stat *st)
{
	struct stat other;

	return fstat(fd, &other) == 0 && other.st_dev == st->st_dev && other.st_ino == st->st_ino;
}

/* Everything that it has open is on the list; nothing of the keeper's is. */
static unsigned count_others(const struct inside *in, struct why *why)
{
	const int listed[] = { 0, 1, 2, in->channel, in->result, ram.fd, tree, given };
	unsigned n = 0, i;
	struct stat st;

	for (int fd = 0; fd < MOST_FDS; fd++) {
		if (fcntl(fd, F_GETFL) < 0)
			continue;
		i = 0;
		while (i < ARRAY_SIZE(listed) && (fstat(fd, &st) < 0 || !is_same(listed[i], &st)))
			i++;
		if (i == ARRAY_SIZE(listed) && !n++)
			why_set(why, 0, "descriptor %d is open", fd);
	}
	return n;
}

/*
 * Landlock hides no folder from who asks only what it is: a root that is another one does, and a
 * tree that hangs nowhere. 0, or -EEXIST for what is to be seen.
 */
static int look_around(const struct inside *in, struct why *why)
{
	const unsigned long wanted = ST_RDONLY | ST_NOSUID | ST_NODEV | ST_NOEXEC;
	struct statvfs root, own;
	struct stat st;

	if (!in->walls.error[WALL_FILES] &&
	    (stat("/", &st) < 0 || (st.st_dev == old_root.st_dev && st.st_ino == old_root.st_ino) ||
	     stat("/proc", &st) == 0 || stat("/tmp", &st) == 0))
		return why_set(why, -EEXIST, "it sees the host's root folder");
	if (!in->walls.error[WALL_FILES] &&
	    (statvfs("/", &root) < 0 || (root.f_flag & wanted) != wanted))
		return why_set(why, -EEXIST, "its root has flags %#lx", root.f_flag);
	if (in->walls.error[WALL_TREES])
		return 0;
	if (fstatat(tree, "..", &st, 0) < 0 || !is_same(tree, &st))
		return why_set(why, -EEXIST, "it sees what lies above its tree");
	if (fstatvfs(tree, &own) < 0 || (own.f_flag & wanted) != wanted)
		return why_set(why, -EEXIST, "its tree has flags %#lx", own.f_flag);
	return 0;
}

static int look_inside(void *context, struct inside *in, struct report *report, struct why *why)
{
	struct machine *m;
	int r = look_around(in, why);

	if (r == 0)
		r = keeper_machine_open(&ram, &m, why);

	if (r == 0)
		r = inside_confine(in, m->pid, kept, why);
	if (r == 0)
		report->status = count_others(in, &report->why);
	return r;
}

/* What whoever started us left open: below what is given, among it and above. */
static void leave_open(int folder)
{
	int stray[2];

	require(pipe(stray) == 0);
	given = open("/dev/null", O_RDWR | O_CLOEXEC);
	require(given >= 0 && dup(stray[0]) > given && dup2(stray[1], STRAY_FAR) == STRAY_FAR);
	tree = fcntl(folder, F_DUPFD_CLOEXEC, given + 4);
	require(tree >= 0);
}

static void test_shut_in(const char *folder)
{
	static const struct report_terms terms = {
		.ram = ranges,
		.n_ram = ARRAY_SIZE(ranges),
		.n_ends = 2,
		.boot_end = 1,
	};
	struct keeper_config config = {
		.ram = &ram,
		.terms = &terms,
		.resume_bytes = RESUME_BYTES,
		.tree = { { &tree, false } },
		.n_trees = 1,
		.n_fds = 1,
		.most_written = MOST_WRITTEN,
		.limit_s = 60,
		.work = look_inside,
		.began = began,
	};
	const int at = open(folder, O_PATH | O_DIRECTORY);
	struct report report = { 0 };
	struct why why = { "" };
	int r;

	require(at >= 0);
	leave_open(at);
	config.fd[0] = given;
	require(ram_open(ranges, ARRAY_SIZE(ranges), &ram, &why) == 0);
	require(stat("/", &old_root) == 0);
	before = memory_use_now();
	r = keeper_run(&config, &report, &why);
	check_msg(r == 0 && report.error == 0, "it shuts itself in: %s%s", why.text,
		  report.error ? report.why.text : "");
	check_msg(report.status == 0, "nothing is open but what is on the list: %s",
		  report.why.text);
	check(looked);
	ram_close(&ram);
}

/*
 * The keeper ends just before the kernel is asked to end its process with it: nobody will be told.
 * Both of us have an end of a pipe that goes both ways.
 */
static int ours = -1, theirs = -1;

int __real_prctl(int what, ...);
int __wrap_prctl(int what, unsigned long a, unsigned long b, unsigned long c, unsigned long d);

int __wrap_prctl(int what, unsigned long a, unsigned long b, unsigned long c, unsigned long d)
{
	char byte = 'a';

	if (what == PR_SET_PDEATHSIG && theirs >= 0 &&
	    (write(theirs, &byte, 1) != 1 || read(theirs, &byte, 1) != 1))
		_exit(1);
	return __real_prctl(what, a, b, c, d);
}

static int go_on(void *context, struct inside *in, struct report *report, struct why *why)
{
	return write(theirs, "w", 1) == 1 ? 0 : -EIO;
}

static _Noreturn void keeper_main(void)
{
	static const struct report_terms terms = { .n_ends = 1 };
	struct keeper_config config = {
		.terms = &terms,
		.n_fds = 1,
		.fd = { theirs },
		.work = go_on,
	};
	struct report report;
	struct why why;

	close(ours);
	_exit(keeper_run(&config, &report, &why) < 0);
}

static void test_keeper_ends(void)
{
	int pair[2];
	char byte = 0;
	pid_t pid;

	require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
	ours = pair[0];
	theirs = pair[1];
	pid = fork();
	if (pid == 0)
		keeper_main();
	require(pid > 0);
	close(theirs);
	theirs = -1;
	require(read(ours, &byte, 1) == 1 && byte == 'a');
	require(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);
	require(write(ours, "b", 1) == 1);
	check_msg(read(ours, &byte, 1) == 0, "it does not go on without its keeper");
	close(ours);
}

static void become_user(void)
{
	enum { NOBODY = 65534 };

	require(setgroups(0, NULL) == 0 && setresgid(NOBODY, NOBODY, NOBODY) == 0 &&
		setresuid(NOBODY, NOBODY, NOBODY) == 0);
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

int main(int argc, char **argv)
{
	char folder[] = "/tmp/keeper-confine-XXXXXX";

	if (argc > 1 && geteuid() == 0)
		become_user();
	else if (setgroups(1, &(gid_t){ SOME_GROUP }) < 0) /* one that the other is to leave */
		printf("# no group to leave\n");
	test_keeper_ends();
	leave_signals_odd();
	require(mkdtemp(folder) != NULL);
	test_shut_in(folder);
	rmdir(folder);
	return tap_done();
}
