/* SPDX-License-Identifier: MIT */
#pragma once
/* The process of machine/process, looked at from outside: our one child. */
#include "base/util.h"
#include "tap.h"

#include <dirent.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t child_pid(void)
{
	char path[64];
	int child = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	f = fopen(path, "r");
	require(f != NULL);
	require(fscanf(f, "%d", &child) == 1);
	fclose(f);
	return child;
}

/* Nothing but RAM is mapped: every line of the child's map names the memfd, or the kernel's gate.
 */
static void test_nothing_else_mapped(void)
{
	unsigned n_ram = 0, n_other = 0;
	char path[64], line[512];
	struct dirent *entry;
	DIR *files;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/maps", child_pid());
	f = fopen(path, "r");
	require(f != NULL);
	while (fgets(line, sizeof(line), f)) {
		if (strstr(line, "memfd:guest RAM"))
			n_ram++;
		else if (!strstr(line, "[vsyscall]"))
			n_other += printf("# %s", line) > 0;
	}
	fclose(f);
	check(n_ram > 0 && n_other == 0);
	snprintf(path, sizeof(path), "/proc/%d/fd", child_pid());
	files = opendir(path);
	require(files != NULL);
	for (n_other = 0; (entry = readdir(files));)
		n_other += entry->d_name[0] != '.';
	closedir(files);
	check_msg(n_other == 0, "no descriptors");
}

static bool status_has(const char *wanted)
{
	char path[64], line[256];
	bool has = false;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", child_pid());
	f = fopen(path, "r");
	require(f != NULL);
	while (!has && fgets(line, sizeof(line), f))
		has = !strncmp(line, wanted, strlen(wanted));
	fclose(f);
	return has;
}

/* May this process have namespaces of that kind, a user namespace besides or not? */
static bool may_unshare(int flags)
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0)
		_exit(unshare(flags) < 0 && unshare(flags | CLONE_NEWUSER) < 0);
	require(pid > 0 && waitpid(pid, &status, 0) == pid);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void test_privileges(void)
{
	static const struct {
		const char *name;
		int flag;
	} spaces[] = {
		{ "pid", CLONE_NEWPID }, { "mnt", CLONE_NEWNS },  { "net", CLONE_NEWNET },
		{ "ipc", CLONE_NEWIPC }, { "uts", CLONE_NEWUTS }, { "cgroup", CLONE_NEWCGROUP },
	};
	char ours[64], theirs[64], path[64];
	struct rlimit core;
	ssize_t n, n_theirs;
	bool apart;

	check(status_has("NoNewPrivs:\t1"));
	check(status_has("Seccomp:\t2"));
	check(status_has("CapPrm:\t0000000000000000") && status_has("CapEff:\t0000000000000000"));
	/* without CAP_SETPCAP nobody can change the bounding set, and without any it bounds nothing
	 */
	check(status_has("CapBnd:\t0000000000000000") || geteuid() != 0);
	check(status_has("SigBlk:\t0000000000000000"));
	check(prlimit(child_pid(), RLIMIT_CORE, NULL, &core) == 0 && core.rlim_max == 0);
	check_msg(getsid(child_pid()) != getsid(0), "no signals of our terminal");
	for (unsigned i = 0; i < ARRAY_SIZE(spaces); i++) {
		snprintf(path, sizeof(path), "/proc/self/ns/%s", spaces[i].name);
		n = readlink(path, ours, sizeof(ours));
		snprintf(path, sizeof(path), "/proc/%d/ns/%s", child_pid(), spaces[i].name);
		n_theirs = readlink(path, theirs, sizeof(theirs));
		apart = n > 0 && n_theirs > 0 &&
			(n != n_theirs || memcmp(ours, theirs, (size_t)n) != 0);
		check_msg(apart || !may_unshare(spaces[i].flag),
			  "its own %s namespace, where that is permitted", spaces[i].name);
	}
}

/* Killed where nobody expects it: between its stop and the look at its registers. */
static bool kills;

pid_t __real_waitpid(pid_t pid, int *ret_status, int options);
pid_t __wrap_waitpid(pid_t pid, int *ret_status, int options);

pid_t __wrap_waitpid(pid_t pid, int *ret_status, int options)
{
	const pid_t got = __real_waitpid(pid, ret_status, options);

	if (kills && got > 0 && WIFSTOPPED(*ret_status))
		kill(got, SIGKILL);
	return got;
}
