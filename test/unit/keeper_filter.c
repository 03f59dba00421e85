// SPDX-License-Identifier: MIT
/*
 * The filter of system calls, row by row: each call in each form that is let through, the same with
 * every argument that is looked at made wrong, and all other calls there are. What is let through
 * is asked for nothing that exists, so that it comes back; what is not ends by SIGSYS, and nothing
 * else counts.
 */
#include "base/util.h"
#include "keeper/filter.h"
#include "keeper/processor.h"
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SYS_poll
#define SYS_poll SYS_ppoll
#endif
#ifndef SYS_openat2
#define SYS_openat2 437
#endif

enum {
	CHILD = 0x3ffffff0, /* nobody's number */
	RAM = 500,	    /* descriptors that are not open */
	CHANNEL = 501,
	LAST_GIVEN = 510,
	OPENED = 511,
	ANSWER = 520,
	INPUT = 521,
	LIMIT_S = 60,	  /* of one that is let through and waits */
	LAST_CALL = 512,  /* of those that this kernel has, and some more */
	X32 = 0x40000000, /* calls with pointers of 32 bits have this in their number */
	URETPROBE = 335,
	UPROBE = 336,
};

enum outcome {
	LET,	 /* through: whatever the kernel says then */
	REFUSED, /* with EACCES */
	KILLED,
};

static const char *const outcomes[] = { "let through", "refused", "killed" };

struct form {
	const char *name;
	long number;
	unsigned long arg[6];
	enum outcome outcome;
};

#define CALL(name, outcome, ...)                                                                   \
	{                                                                                          \
#name, SYS_##name, { __VA_ARGS__ }, outcome                                        \
	}

/* An address where nothing is, in a half that a filter for 32 bits does not see. */
#define FAR (UINT64_C(0x10) << 32)

/* Driving the payload; ptrace is done by the processor's list. */
static const struct form child_forms[] = {
	CALL(wait4, LET, CHILD),
	CALL(sched_setaffinity, LET, 0),
	CALL(sched_setaffinity, KILLED, CHILD),
	CALL(ptrace, KILLED, PTRACE_TRACEME, CHILD),
	CALL(ptrace, KILLED, PTRACE_PEEKDATA, CHILD),
	CALL(ptrace, KILLED, PTRACE_POKEDATA, CHILD),
	CALL(ptrace, KILLED, PTRACE_SINGLESTEP, CHILD),
	CALL(ptrace, KILLED, PTRACE_ATTACH, CHILD),
	CALL(ptrace, KILLED, PTRACE_DETACH, CHILD),
	CALL(ptrace, KILLED, PTRACE_SYSCALL, CHILD),
	CALL(ptrace, KILLED, PTRACE_SEIZE, CHILD),
	CALL(ptrace, KILLED, PTRACE_SETOPTIONS, CHILD),
};

static const struct form file_forms[] = {
	CALL(read, LET, RAM),
	CALL(write, LET, RAM),
	CALL(pread64, LET, RAM),
	CALL(pwrite64, LET, STDERR_FILENO + 1, 1, 1, -1),
	CALL(pwrite64, KILLED, STDERR_FILENO),
	CALL(pwrite64, KILLED, STDOUT_FILENO),
	CALL(pwrite64, KILLED, STDIN_FILENO),
	CALL(lseek, LET, RAM),
	CALL(lseek, REFUSED, STDIN_FILENO),
	CALL(lseek, REFUSED, RAM + 1),
	CALL(close, LET, RAM),
	CALL(openat2, LET, RAM),
	CALL(getdents64, LET, RAM),
	CALL(fstat, LET, RAM),
	CALL(newfstatat, LET, RAM),
	CALL(statx, LET, RAM),
	CALL(fstatfs, LET, RAM),
	CALL(fcntl, LET, RAM, F_GETFL),
	CALL(fcntl, LET, RAM, F_SETFD),
	CALL(fcntl, KILLED, RAM, F_DUPFD),
	CALL(fcntl, KILLED, RAM, F_GETFD),
	CALL(fcntl, KILLED, RAM, F_SETFL),
	CALL(fcntl, KILLED, RAM, F_SETLK),
	CALL(fcntl, KILLED, RAM, F_SETOWN),
	CALL(fcntl, KILLED, RAM, F_ADD_SEALS),
	CALL(fcntl, KILLED, RAM, F_SETPIPE_SZ),
	CALL(poll, LET, 0, ~0U), /* of more than there can be, or it waits */
	CALL(ioctl, LET, RAM, TIOCGWINSZ),
	CALL(ioctl, LET, RAM, TCGETS),
	CALL(ioctl, KILLED, RAM, TCSETS),
	CALL(ioctl, KILLED, RAM, TIOCSTI),
	CALL(ioctl, KILLED, RAM, BLKGETSIZE64),
	CALL(ioctl, KILLED, RAM, FS_IOC_SETFLAGS),
	CALL(ioctl, KILLED, RAM, FICLONE),
	CALL(sendto, LET, CHANNEL),
	CALL(sendto, KILLED, CHANNEL + 1),
	CALL(recvfrom, LET, CHANNEL),
	CALL(recvfrom, KILLED, CHANNEL + 1),
	CALL(fallocate, LET, RAM),
	CALL(fallocate, KILLED, RAM + 1),
};

/* With a tree to write to. */
static const struct form write_forms[] = {
	CALL(ftruncate, LET, OPENED),
	CALL(ftruncate, KILLED, LAST_GIVEN),
	CALL(fsync, LET, OPENED),
	CALL(utimensat, LET, OPENED),
	CALL(utimensat, KILLED, LAST_GIVEN),
	CALL(utimensat, KILLED, OPENED, 1),
	CALL(utimensat, KILLED, OPENED, FAR),
	CALL(utimensat, KILLED, (unsigned)AT_FDCWD, FAR),
	CALL(mkdirat, LET, OPENED),
	CALL(unlinkat, LET, OPENED),
	CALL(renameat2, LET, OPENED, 0, OPENED, 0, RENAME_NOREPLACE),
	CALL(renameat2, KILLED, OPENED, 0, OPENED, 0, 0),
	CALL(renameat2, KILLED, OPENED, 0, OPENED, 0, RENAME_EXCHANGE),
	CALL(fchmod, LET, OPENED, 0777),
	CALL(fchmod, KILLED, LAST_GIVEN, 0777),
	CALL(fchmod, KILLED, OPENED, S_ISUID),
	CALL(fchmod, KILLED, OPENED, S_ISGID),
	CALL(fchmod, KILLED, OPENED, S_ISVTX),
};

static const struct form self_forms[] = {
	CALL(mmap, LET, 0, 0, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS),
	CALL(mmap, KILLED, 0, 0, PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS),
	CALL(mmap, KILLED, 0, 0, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS),
	CALL(mmap, KILLED, 0, 0, PROT_READ, MAP_SHARED),
	CALL(mmap, KILLED, 0, 0, PROT_READ, MAP_SHARED_VALIDATE),
	CALL(munmap, LET, 0),
	CALL(mremap, LET, 1),
	CALL(madvise, LET, 1),
	CALL(brk, LET, 0),
	CALL(futex, LET, 0, 127),
	CALL(getrandom, LET, FAR, 1),
	CALL(clock_gettime, LET, 0, FAR),
	CALL(exit_group, LET, 0),
	CALL(writev, LET, STDERR_FILENO),
	CALL(writev, KILLED, STDOUT_FILENO),
};

/* Of the firmware process alone. */
static const struct form run_forms[] = {
	CALL(mprotect, LET, 0, 0, PROT_READ | PROT_WRITE),
	CALL(mprotect, KILLED, 0, 0, PROT_EXEC),
	CALL(mprotect, KILLED, 0, 0, PROT_READ | PROT_WRITE | PROT_EXEC),
	CALL(clock_nanosleep, LET, 0, 0, FAR),
	CALL(restart_syscall, LET, 0),
};

static const struct form refused_forms[] = { CALL(openat, REFUSED, 0), CALL(lseek, REFUSED, 0) };

/* What a sanitizer does on its own account. */
static const struct form sanitizer_forms[] = {
#ifdef __SANITIZE_ADDRESS__
	CALL(nanosleep, LET, FAR),
	CALL(gettimeofday, LET, 0),
	CALL(getpid, LET, 0),
	CALL(gettid, LET, 0),
	CALL(sched_yield, LET, 0),
	CALL(sigaltstack, LET, 0),
	CALL(exit, LET, 0),
#ifdef SYS_open
	CALL(open, REFUSED, 0),
	CALL(access, REFUSED, 0),
	CALL(readlink, REFUSED, 0),
#endif
	CALL(faccessat, REFUSED, 0),
	CALL(readlinkat, REFUSED, 0),
	CALL(rt_sigaction, REFUSED, 0),
	CALL(rt_sigprocmask, REFUSED, 0),
	CALL(prlimit64, REFUSED, 0),
#endif
};

/* Who only computes, from what he may read. */
static const struct form bare_forms[] = {
	CALL(write, LET, ANSWER, 1, 1),
	CALL(write, LET, STDERR_FILENO, 1, 1),
	CALL(write, KILLED, INPUT, 1, 1),
	CALL(getpid, LET, 0),
	CALL(gettimeofday, LET, 0),
#ifdef SYS_open
	CALL(open, REFUSED, 0),
	CALL(access, REFUSED, 0),
	CALL(readlink, REFUSED, 0),
#endif
	CALL(faccessat, REFUSED, 0),
	CALL(readlinkat, REFUSED, 0),
	CALL(ioctl, REFUSED, STDOUT_FILENO, TCGETS),
	CALL(fstat, REFUSED, STDOUT_FILENO),
	CALL(newfstatat, REFUSED, STDOUT_FILENO),
};

static const struct form input_forms[] = {
	CALL(read, LET, INPUT),
	CALL(read, KILLED, ANSWER),
	CALL(pread64, LET, INPUT),
	CALL(pread64, KILLED, ANSWER),
	CALL(lseek, LET, INPUT),
	CALL(fadvise64, LET, INPUT),
	CALL(fadvise64, KILLED, ANSWER),
	CALL(fstat, LET, INPUT),
	CALL(newfstatat, LET, INPUT, 0, 0, AT_EMPTY_PATH),
	CALL(newfstatat, REFUSED, INPUT, 0, 0, 0),
	CALL(ioctl, LET, INPUT, BLKGETSIZE64),
	CALL(ioctl, REFUSED, INPUT, BLKRRPART),
};

static const struct form shown_forms[] = { CALL(write, LET, STDOUT_FILENO, 1, 1) };
static const struct form hidden_forms[] = { CALL(write, KILLED, STDOUT_FILENO, 1, 1) };
static const struct form without_input[] = {
	CALL(lseek, REFUSED, INPUT),
	CALL(fstat, REFUSED, INPUT),
};

/* All that one filter is about. */
struct filtered {
	const char *name;
	const struct filter_config *config; /* or */
	const struct filter_bare *bare;
	const struct form *forms[8];
	unsigned n_forms[8], n;
};

static void add(struct filtered *f, const struct form *forms, unsigned n)
{
	require(f->n < ARRAY_SIZE(f->forms));
	f->forms[f->n] = forms;
	f->n_forms[f->n++] = n;
}

#define ADD(f, forms) add(f, forms, ARRAY_SIZE(forms))

static int install(const struct filtered *f)
{
	struct why why;

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return f->config ? filter_install(f->config, &why) : filter_install_bare(f->bare, &why);
}

/* In a process of its own; -1: in none of the ways there are. */
static int outcome_of(const struct filtered *f, long number, const unsigned long a[static 6])
{
	enum { CAME_BACK = 40, WAS_REFUSED, NO_FILTER };
	const pid_t pid = fork();
	int status = 0;
	long r;

	if (pid == 0) {
		alarm(LIMIT_S);
		if (install(f) < 0)
			_exit(NO_FILTER);
		r = syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
		syscall(SYS_exit_group, r < 0 && errno == EACCES ? WAS_REFUSED : CAME_BACK);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGSYS ? KILLED : -1;
	return WEXITSTATUS(status) == WAS_REFUSED			      ? REFUSED
	       : WEXITSTATUS(status) == CAME_BACK || WEXITSTATUS(status) == 0 ? LET
									      : -1;
}

static void test_form(const struct filtered *f, const struct form *form)
{
	const int got = outcome_of(f, form->number, form->arg);

	check_msg(got == (int)form->outcome, "%s: %s(%#lx, %#lx, %#lx, %#lx, %#lx) is %s", f->name,
		  form->name, form->arg[0], form->arg[1], form->arg[2], form->arg[3], form->arg[4],
		  got < 0 ? "something else" : outcomes[got]);
}

/* What was tried already, in whatever form. */
static bool is_known(const struct filtered *f, long number)
{
#ifdef __SANITIZE_ADDRESS__
	/* goes back to where no signal came from; its row is there for who has handlers */
	if (number == SYS_rt_sigreturn)
		return true;
#endif
	if (number == SYS_ptrace && f->config)
		return true;
	/* the kernel's own, for breakpoints in programs: no filter of newer kernels sees them,
	 * and they end whoever calls them from elsewhere */
	if (number == URETPROBE || number == UPROBE)
		return true;
	for (unsigned i = 0; i < f->n; i++)
		for (unsigned k = 0; k < f->n_forms[i]; k++)
			if (f->forms[i][k].number == number)
				return true;
	return false;
}

static void test_others(const struct filtered *f, long first, long last)
{
	static const unsigned long none[6];
	unsigned n = 0;

	for (long number = first; number < last; number++) {
		if (is_known(f, number))
			continue;
		n++;
		if (outcome_of(f, number, none) != KILLED)
			check_msg(false, "%s: call %#lx is let through", f->name, number);
	}
	check_msg(n > LAST_CALL - 128, "%s: %u other calls are not let through", f->name, n);
}

/* Each request for the payload, and for nobody else. */
static void test_ptrace(const struct filtered *f)
{
	for (unsigned i = 0; i < keeper_ptrace.n; i++) {
		const unsigned long request = keeper_ptrace.row[i].condition[0].value;

		test_form(f, &(struct form){ "ptrace", SYS_ptrace, { request, CHILD }, LET });
		test_form(f, &(struct form){ "ptrace", SYS_ptrace, { request, 1 }, KILLED });
	}
}

static void test_filter(const struct filtered *f)
{
	for (unsigned i = 0; i < f->n; i++)
		for (unsigned k = 0; k < f->n_forms[i]; k++)
			test_form(f, &f->forms[i][k]);
	test_others(f, 0, LAST_CALL);
}

static void test_firmware(bool writes)
{
	const struct filter_config config = {
		.child = CHILD,
		.ram_fd = RAM,
		.channel_fd = CHANNEL,
		.last_given_fd = LAST_GIVEN,
		.writes = writes,
	};
	struct filtered f = { writes ? "firmware that writes" : "firmware", .config = &config };

	ADD(&f, child_forms);
	ADD(&f, file_forms);
	if (writes)
		ADD(&f, write_forms);
	ADD(&f, run_forms);
	ADD(&f, self_forms);
	ADD(&f, refused_forms);
	ADD(&f, sanitizer_forms);
	test_filter(&f);
	test_ptrace(&f);
	if (!writes)
		test_others(&f, X32, X32 + LAST_CALL);
}

static void test_bare(bool reads, bool shows)
{
	const struct filter_bare bare = {
		.answer_fd = ANSWER,
		.input_fd = reads ? INPUT : -1,
		.shows = shows,
	};
	struct filtered f = { reads   ? "who reads"
			      : shows ? "who shows"
				      : "who computes",
			      .bare = &bare };

	ADD(&f, bare_forms);
	if (reads)
		ADD(&f, input_forms);
	else
		ADD(&f, without_input);
	if (shows)
		ADD(&f, shown_forms);
	else
		ADD(&f, hidden_forms);
	ADD(&f, self_forms);
	ADD(&f, refused_forms);
	ADD(&f, sanitizer_forms);
	test_filter(&f);
}

int main(void)
{
	/* what is let through is to meet nothing */
	require(fcntl(RAM, F_GETFD) < 0 && fcntl(OPENED, F_GETFD) < 0 && kill(CHILD, 0) < 0);
	test_firmware(false);
	test_firmware(true);
	test_bare(false, false);
	test_bare(true, false);
	test_bare(false, true);
	return tap_done();
}
