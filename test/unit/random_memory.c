// SPDX-License-Identifier: MIT
/*
 * The memory of states: nothing next to it, nothing of it in a child or a dump. Seen
 * in what happens, and in what the kernel says of the mapping.
 */
#include "random/memory.h"
#include "random/states.h"
#include "tap.h"

#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { N_PAGES = 3 };

/* The signal that ended a child which read that byte, or 0. */
static int reading(const volatile uint8_t *p)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		/* a sanitizer has a handler of its own */
		signal(SIGSEGV, SIG_DFL);
		(void)*p;
		_exit(0);
	}
	waitpid(pid, &status, 0);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void test_guards(const char *what, const uint8_t *p, size_t n)
{
	check_msg(reading(p) == 0 && reading(p + n - 1) == 0, "%s: first and last byte", what);
	check_msg(reading(p + n) == SIGSEGV, "%s: a byte past the end faults", what);
	check_msg(reading(p - 1) == SIGSEGV, "%s: a byte before it faults", what);
}

/* Does smaps say that flag of the mapping that p lies in? */
static bool has_flag(const void *p, const char *flag)
{
	FILE *f = fopen("/proc/self/smaps", "re");
	char line[512], with[8];
	unsigned long from, to;
	bool here = false, found = false;

	snprintf(with, sizeof(with), " %s ", flag);
	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			here = (unsigned long)p >= from && (unsigned long)p < to;
		if (here && strncmp(line, "VmFlags:", 8) == 0) {
			found = strstr(line, with) != NULL;
			break;
		}
	}
	if (f)
		fclose(f);
	return found;
}

static bool child_finds_zero(const uint8_t *p, size_t n)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		while (n--) {
			if (*p++)
				_exit(1);
		}
		_exit(0);
	}
	waitpid(pid, &status, 0);
	return status == 0;
}

static void test_secret(const char *what, uint8_t *p, size_t n)
{
	memset(p, 0x5a, n);
	check_msg(child_finds_zero(p, n), "%s: zero in a child", what);
	check_msg(p[0] == 0x5a && p[n - 1] == 0x5a, "%s: and not in the parent", what);
	check_msg(has_flag(p, "wf") && has_flag(p, "dd"), "%s: wiped on fork, not dumped", what);
}

static void test_map(const char *what, bool droppable)
{
	uint8_t *p;

	memory_deny_droppable(!droppable);
	check(memory_droppable() == droppable);
	p = memory_map(N_PAGES, true);
	require(p != NULL);
	test_guards(what, p, N_PAGES * PAGE_BYTES);
	test_secret(what, p, N_PAGES * PAGE_BYTES);
	check_msg(has_flag(p, "dp") == droppable, "%s: as it says", what);
	munmap((uint8_t *)p - PAGE_BYTES, (N_PAGES + 2) * PAGE_BYTES);
	check(reading(p) == SIGSEGV);
}

static void test_states(void)
{
	struct state *s = states_borrow(0);
	unsigned taken, all;

	require(s != NULL);
	states_count(&taken, &all);
	/* the first of them */
	test_guards("states", (const uint8_t *)s, (size_t)all * STATE_BYTES);
	states_return(s);
}

int main(void)
{
	static uint8_t own[WIPED_BYTES_LEAST] __attribute__((aligned(WIPED_BYTES_LEAST)));
	bool droppable = memory_droppable();

	if (droppable)
		test_map("droppable", true);
	else
		skip("no MAP_DROPPABLE here");
	test_map("wiped on fork", false);
	memory_deny_droppable(false);
	check(memory_wipe_in_children(own, sizeof(own)) == 0);
	test_secret("static", own, sizeof(own));
	self_begin();
	test_states();
	return tap_done();
}
