// SPDX-License-Identifier: MIT
/* What is said of a child that cannot be set up, however late its tracer comes. */
#include "machine/process/child.h"

#include "machine/ram.h"
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PRIVATE = 0x10000 };

static const struct ram_range ranges[] = { { PRIVATE, PRIVATE + PAGE_BYTES } };

long __real_ptrace(enum __ptrace_request request, ...);
long __wrap_ptrace(enum __ptrace_request request, ...);

/* A child that waits for nobody has long ended when it is to be traced. */
long __wrap_ptrace(enum __ptrace_request request, ...)
{
	va_list list;
	pid_t pid;
	void *addr, *data;

	va_start(list, request);
	pid = va_arg(list, pid_t);
	addr = va_arg(list, void *);
	data = va_arg(list, void *);
	va_end(list);
	if (request == PTRACE_SEIZE)
		usleep(100000);
	return __real_ptrace(request, pid, addr, data);
}

static int start(const struct ram *ram, struct why *why)
{
	const struct machine_config config = { .ram = ram, .private_page = PRIVATE };
	pid_t pid = -1;
	const int r = child_start(&config, &pid, why);

	if (r == 0) {
		kill(pid, SIGKILL);
		check(waitpid(pid, NULL, __WALL) == pid);
	}
	check(waitpid(-1, NULL, __WALL | WNOHANG) < 0 && errno == ECHILD);
	return r;
}

/* As under a security module that lets it be mapped for no code: EACCES is both's answer. */
static void test_no_execution(const struct ram *ram)
{
	struct ram other = *ram;
	struct why why = { "" };
	char link[64];

	snprintf(link, sizeof(link), "/proc/self/fd/%d", ram->fd);
	other.fd = open(link, O_WRONLY | O_CLOEXEC);
	require(other.fd >= 0);
	check(start(&other, &why) == -EACCES);
	check(strstr(why.text, "lets no memory be executed") != NULL);
	close(other.fd);
}

static void test_taken(const struct ram *ram)
{
	struct why why = { "" };
	void *p = mmap((void *)(uintptr_t)PRIVATE, PAGE_BYTES, PROT_READ,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	require(p != MAP_FAILED);
	check(start(ram, &why) == -EIO);
	check(strcmp(why.text, "sandbox: the child failed at step 2 of its set-up") == 0);
	munmap(p, PAGE_BYTES);
}

int main(void)
{
	struct why why = { "" };
	struct ram ram;

	/* as bardo has it: a broken pipe is an answer */
	signal(SIGPIPE, SIG_IGN);
	require(ram_open(ranges, 1, &ram, &why) == 0);
	test_no_execution(&ram);
	test_taken(&ram);
	check(start(&ram, &why) == 0);
	ram_close(&ram);
	return tap_done();
}
