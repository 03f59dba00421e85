// SPDX-License-Identifier: MIT
/* What is computed comes back; what tries anything else, or ends otherwise, is a failure. */
#include "keeper/compute.h"
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int inherited; /* a descriptor of ours */

static void add_up(void *context, void *answer)
{
	const uint8_t *bytes = context;
	uint64_t sum = 0;
	/* memory is what it has */
	uint8_t *copy = malloc(1 << 20);

	memcpy(copy, bytes, 4);
	for (unsigned i = 0; i < 4; i++)
		sum += copy[i];
	memcpy(answer, &sum, sizeof(sum));
	free(copy);
}

enum { LARGE = 12 << 10 };

/* More than a pipe may take at once. */
static void say_much(void *context, void *answer)
{
	memset(answer, 0x5a, LARGE);
}

static void crash(void *context, void *answer)
{
	__asm__ volatile("ud2");
}

static void leave(void *context, void *answer)
{
	_exit(0);
}

static void say_less(void *context, void *answer)
{
	if (write(3, "x", 1) == 1)
		_exit(0);
}

static void read_ours(void *context, void *answer)
{
	uint8_t byte;

	syscall(SYS_pread64, inherited, &byte, 1, 0);
}

static void open_file(void *context, void *answer)
{
	const struct {
		uint64_t flags, mode, resolve;
	} how = { 0 };

	syscall(SYS_openat2, AT_FDCWD, "/etc/passwd", &how, sizeof(how));
}

static void open_socket(void *context, void *answer)
{
	syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
}

static void make_process(void *context, void *answer)
{
	syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

static void signal_parent(void *context, void *answer)
{
	syscall(SYS_kill, getppid(), 0);
}

static void make_code(void *context, void *answer)
{
	syscall(SYS_mmap, 0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void take_memory(void *context, void *answer)
{
	enum { PIECE = 16 << 20, MOST = 128 };
	unsigned n = 0;

	while (n < MOST && mmap(NULL, PIECE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
				-1, 0) != MAP_FAILED)
		n++;
	memcpy(answer, &(uint64_t){ n < MOST }, sizeof(uint64_t));
}

static const struct {
	const char *name;
	void (*compute)(void *context, void *answer);
} failures[] = {
	{ "it crashes", crash },
	{ "it leaves", leave },
	{ "it says less", say_less },
	{ "it reads what we have open", read_ours },
	{ "it opens a file", open_file },
	{ "it opens a socket", open_socket },
	{ "it makes a process", make_process },
	{ "it signals us", signal_parent },
	{ "it makes code", make_code },
};

/* "open" and its like fail, and it goes on: what it was to do it does. */
static void open_softly(void *context, void *answer)
{
	const int fd = open("/etc/passwd", O_RDONLY);

	memcpy(answer, &(uint64_t){ fd < 0 }, sizeof(uint64_t));
}

int main(void)
{
	static uint8_t large[LARGE];
	uint8_t bytes[] = { 1, 2, 3, 4 };
	struct why why = { "" };
	uint64_t answer = 77;
	int r;

	inherited = open("/proc/self/exe", O_RDONLY);
	require(inherited >= 0);
	check(keeper_compute(add_up, bytes, &answer, sizeof(answer), &why) == 0 && answer == 10);
	check(keeper_compute(open_softly, NULL, &answer, sizeof(answer), &why) == 0 && answer == 1);
	check(keeper_compute(say_much, NULL, large, LARGE, &why) == 0 && large[0] == 0x5a &&
	      large[LARGE - 1] == 0x5a);
	check(keeper_compute(take_memory, NULL, &answer, sizeof(answer), &why) == 0 && answer == 1);
	for (unsigned i = 0; i < ARRAY_SIZE(failures); i++) {
		answer = 77;
		r = keeper_compute(failures[i].compute, NULL, &answer, sizeof(answer), &why);
		check_msg(r < 0 && answer == 77 && strstr(why.text, "that parses it failed"),
			  "%s: %s", failures[i].name, r < 0 ? why.text : "it may");
		check(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
	}
	check(keeper_compute(add_up, bytes, &answer, 1 << 20, &why) == -EMSGSIZE);
	return tap_done();
}
