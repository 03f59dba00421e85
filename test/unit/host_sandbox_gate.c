// SPDX-License-Identifier: MIT
/* Which setting stops a sandbox, by made-up files. */
#include "host/sandbox_gate.h"
#include "tap.h"
#include "unit/tree.h"

#include <errno.h>
#include <string.h>

#define YAMA "/proc/sys/kernel/yama/ptrace_scope"

static void test_scope(struct tree *t)
{
	struct why why = { "" };

	check(sandbox_gate(t->root, &why) == 0); /* a kernel without Yama */
	for (unsigned scope = 0; scope < 4; scope++) {
		char text[32];

		snprintf(text, sizeof(text), "%u\n", scope);
		tree_put(t, YAMA, text);
		check_msg(sandbox_gate(t->root, &why) == (scope < 2 ? 0 : -EPERM), "scope %u",
			  scope);
	}
	check(strstr(why.text, "kernel.yama.ptrace_scope=3") && strstr(why.text, "next boot"));
}

/* What is put behind "sandbox: it failed", by error and files. */
static void explains(struct tree *t, int r, const char *want)
{
	struct why why;

	why_set(&why, r, "it failed");
	check(sandbox_gate_explain(t->root, r, &why) == r);
	check_msg(!strncmp(why.text, "it failed", 9) &&
			  (*want ? strstr(why.text, want) != NULL : !why.text[9]),
		  "%d: %s", r, why.text);
}

static void test_explain(struct tree *t)
{
	char many[300];
	struct why why;

	explains(t, -EPERM, "");
	explains(t, -ENOMEM, "");
	explains(t, -EIO, "");
	tree_put(t, "/proc/self/status", "Name:\tbardo\nSeccomp:\t2\n");
	tree_put(t, "/proc/sys/vm/overcommit_memory", "2\n");
	explains(t, -EPERM, "seccomp filter");
	explains(t, -EACCES, "seccomp filter");
	explains(t, -EPIPE, "MemoryDenyWriteExecute=");
	explains(t, -ENOMEM, "vm.overcommit_memory=2");
	explains(t, -EAGAIN, "ulimit -u");
	explains(t, -EIO, "");
	tree_put(t, "/proc/self/status", "Name:\tbardo\nSeccomp:\t0\n");
	tree_put(t, "/proc/sys/vm/overcommit_memory", "0\n");
	explains(t, -EPERM, "");
	explains(t, -ENOMEM, "");
	check(sandbox_gate_explain(t->root, -EAGAIN, NULL) == -EAGAIN);
	/* what does not fit is cut off */
	memset(many, 'x', sizeof(many) - 1);
	many[sizeof(many) - 1] = '\0';
	why_set(&why, 0, "%s", many);
	check(sandbox_gate_explain(t->root, -EAGAIN, &why) == -EAGAIN &&
	      strlen(why.text) == sizeof(why.text) - 1);
}

static void namespaces(struct tree *t, const char *want)
{
	struct why why;

	why_set(&why, 0, "none");
	namespace_gate_explain(t->root, &why);
	check_msg(!strcmp(why.text, want), "%s", why.text);
}

static void test_namespaces(struct tree *t)
{
	namespaces(t, "none");
	tree_put(t, "/proc/sys/kernel/unprivileged_userns_clone", "1\n");
	tree_put(t, "/proc/sys/user/max_user_namespaces", "1000\n");
	tree_put(t, "/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "0\n");
	namespaces(t, "none");
	tree_put(t, "/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1\n");
	namespaces(t, "none (sysctl kernel.apparmor_restrict_unprivileged_userns=1)");
	tree_put(t, "/proc/sys/user/max_user_namespaces", "0\n");
	namespaces(t, "none (sysctl user.max_user_namespaces=0)");
	tree_put(t, "/proc/sys/kernel/unprivileged_userns_clone", "0\n");
	namespaces(t, "none (sysctl kernel.unprivileged_userns_clone=0)");
}

int main(void)
{
	struct tree t = tree_new();

	test_scope(&t);
	test_explain(&t);
	test_namespaces(&t);
	tree_drop(&t);
	return tap_done();
}
