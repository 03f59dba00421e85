// SPDX-License-Identifier: MIT
/* A process from which something was taken that a sandbox is built of, and what is said of that. */
#include "host/sandbox_gate.h"
#include "keeper/keeper.h"
#include "tap.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MDWE_SET = 65, MDWE_REFUSE_EXEC_GAIN = 1 };

/* 0; or a negative errno where this kernel knows no such thing. */
static int no_new_code(void)
{
	return prctl(MDWE_SET, MDWE_REFUSE_EXEC_GAIN, 0, 0, 0) < 0 ? -errno : 0;
}

static int without(unsigned call, unsigned action)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = { ARRAY_SIZE(filter), filter };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
			       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0
		       ? -errno
		       : 0;
}

static int no_tracing(void)
{
	return without(SYS_ptrace, SECCOMP_RET_ERRNO | EPERM);
}

static int killed_for_tracing(void)
{
	return without(SYS_ptrace, SECCOMP_RET_KILL_PROCESS);
}

static int no_memory_file(void)
{
	return without(SYS_memfd_create, SECCOMP_RET_ERRNO | EPERM);
}

#ifndef __SANITIZE_ADDRESS__ /* which lives in terabytes */
static int few_addresses(void)
{
	const struct rlimit l = { 1 << 29, 1 << 29 };

	return setrlimit(RLIMIT_AS, &l) < 0 ? -errno : 0;
}
#endif

static const struct {
	const char *name;
	int (*take)(void);
	const char *words[2];
} rows[] = {
	{ "no executable memory", no_new_code, { "sandbox: permissions", "PR_SET_MDWE" } },
	{ "no ptrace", no_tracing, { "(ptrace)", "seccomp filter" } },
	{ "killed for ptrace", killed_for_tracing, { "killed by signal", "seccomp filter" } },
	{ "no memfd_create", no_memory_file, { "memfd_create", "seccomp filter" } },
#ifndef __SANITIZE_ADDRESS__
	{ "few addresses", few_addresses, { "addresses", "RLIMIT_AS" } },
#endif
};

enum { SAID = 10, NOT_KNOWN, ELSE };

static int child(unsigned i)
{
	struct walls walls;
	struct why why = { "" };
	int r = rows[i].take();

	if (r < 0)
		return NOT_KNOWN;
	r = keeper_probe(0, &walls, &why);
	if (r == 0)
		return ELSE;
	sandbox_gate_explain("", r, &why);
	printf("# %s: %s\n", rows[i].name, why.text);
	fflush(stdout);
	return strstr(why.text, rows[i].words[0]) && strstr(why.text, rows[i].words[1]) ? SAID
											: ELSE;
}

int main(void)
{
	struct walls walls;
	struct why why;
	int status;

	check(keeper_probe(0, &walls, &why) == 0);
	check(keeper_probe(UINT64_C(1) << 40, &walls, &why) == 0);
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		pid_t pid;

		fflush(stdout);
		pid = fork();
		if (pid == 0)
			_exit(child(i));
		require(pid > 0 && waitpid(pid, &status, 0) == pid);
		if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_KNOWN)
			skip("this kernel has no PR_SET_MDWE");
		else
			check_msg(WIFEXITED(status) && WEXITSTATUS(status) == SAID,
				  "%s: status %#x", rows[i].name, (unsigned)status);
	}
	return tap_done();
}
