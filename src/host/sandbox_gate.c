// SPDX-License-Identifier: MIT
#include "host/sandbox_gate.h"
#include "host/file.h"
#include "host/status.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#ifndef PR_GET_MDWE
#define PR_GET_MDWE 66 /* <linux/prctl.h> since 6.3 */
#endif

#define YAMA "/proc/sys/kernel/yama/ptrace_scope"

/* The number in a file; none where it cannot be read. */
static uint64_t number(const char *root, const char *path, uint64_t none)
{
	uint64_t v;

	return host_file_number(root, path, 10, &v) < 0 ? none : v;
}

/* Yama: 1 still allows what a process has started itself; from 2 on privilege counts, or nothing.
 */
int sandbox_gate(const char *root, struct why *why)
{
	const uint64_t scope = number(root, YAMA, 0);

	if (scope < 2)
		return 0;
	return why_set(
		why, -EPERM,
		"sysctl kernel.yama.ptrace_scope=%ju forbids tracing (ptrace), which the sandbox "
		"needs%s",
		(uintmax_t)scope, scope > 2 ? " (until the next boot)" : "");
}

static void add(struct why *why, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void add(struct why *why, const char *fmt, ...)
{
	const size_t n = why ? strlen(why->text) : 0;
	va_list ap;

	if (!why)
		return;
	va_start(ap, fmt);
	vsnprintf(why->text + n, sizeof(why->text) - n, fmt, ap);
	va_end(ap);
}

static void explain_forbidden(const char *root, struct why *why)
{
	if (prctl(PR_GET_MDWE, 0, 0, 0, 0) > 0)
		add(why, " (this process may not make memory executable: PR_SET_MDWE, "
			 "MemoryDenyWriteExecute= of its service)");
	else if (status_is_filtered(root))
		add(why, " (perhaps by the seccomp filter of this process: SystemCallFilter= or "
			 "MemoryDenyWriteExecute= of its service, a container's profile)");
}

static void explain_too_much(const char *root, struct why *why)
{
	if (number(root, "/proc/sys/vm/overcommit_memory", 0) == 2)
		add(why, " (sysctl vm.overcommit_memory=2: CommitLimit in /proc/meminfo)");
}

int sandbox_gate_explain(const char *root, int r, struct why *why)
{
	switch (-r) {
	case EPERM:
	case EACCES:
	case ENOSYS:
	case EPIPE: /* it was killed */
		explain_forbidden(root, why);
		break;
	case ENOMEM:
		explain_too_much(root, why);
		break;
	case EAGAIN:
		add(why, " (a limit of processes: ulimit -u, TasksMax= of its service)");
		break;
	default:
		break;
	}
	return r;
}

void namespace_gate_explain(const char *root, struct why *why)
{
	static const struct {
		const char *path, *name;
		uint64_t forbids;
	} rows[] = {
		{ "/proc/sys/kernel/unprivileged_userns_clone", "kernel.unprivileged_userns_clone",
		  0 },
		{ "/proc/sys/user/max_user_namespaces", "user.max_user_namespaces", 0 },
		{ "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
		  "kernel.apparmor_restrict_unprivileged_userns", 1 },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++)
		if (number(root, rows[i].path, !rows[i].forbids) == rows[i].forbids) {
			add(why, " (sysctl %s=%ju)", rows[i].name, (uintmax_t)rows[i].forbids);
			return;
		}
}
