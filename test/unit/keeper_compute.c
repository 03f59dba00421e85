// SPDX-License-Identifier: MIT
/* What is computed comes back; what tries anything else, or ends otherwise, is a failure. */
#include "keeper/compute.h"
#include "tap.h"
#include "unit_machine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int inherited; /* a descriptor of ours */

static void add_up(void *context, void *answer)
{
	const uint8_t *bytes = context;
	uint64_t sum = 0;
	/* memory is what it has */
	uint8_t *copy = realloc(malloc(1 << 20), 4 << 20);

	memcpy(copy, bytes, 4);
	for (unsigned i = 0; i < 4; i++)
		sum += copy[i];
	memcpy(answer, &sum, sizeof(sum));
	free(copy);
}

/* As a library does for a seed where getrandom(2) has nothing yet: it is told no, and goes on. */
static void look_for_random(void *context, void *answer)
{
	struct stat st;
	const uint64_t refused = stat("/dev/urandom", &st) < 0 && errno == EACCES;

	memcpy(answer, &refused, sizeof(refused));
}

enum { LARGE = 100 << 10 };

/* More than a pipe holds. */
static void say_much(void *context, void *answer)
{
	memset(answer, 0x5a, LARGE);
}

static void crash(void *context, void *answer)
{
	unit_crash();
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

/* Bytes, and how many there are: nothing else of what it was given, and nothing by a path. */
static void read_given(void *context, void *answer)
{
	uint8_t byte[4] = { 0 };
	struct stat st = { 0 };
	off_t n_bytes = lseek(COMPUTE_FD, 0, SEEK_END);

	if (pread(COMPUTE_FD, byte, 4, 1) == 4 && fstat(COMPUTE_FD, &st) == 0 &&
	    st.st_size == n_bytes && ioctl(COMPUTE_FD, BLKRRPART) < 0 && errno == EACCES &&
	    stat("/etc/passwd", &st) < 0 && errno == EACCES)
		memcpy(answer, &(uint64_t){ byte[2] }, sizeof(uint64_t));
}

static void write_given(void *context, void *answer)
{
	if (lseek(COMPUTE_FD, 0, SEEK_SET) == 0)
		syscall(SYS_write, COMPUTE_FD, "x", 1);
}

static void pwrite_given(void *context, void *answer)
{
	syscall(SYS_pwrite64, COMPUTE_FD, "x", 1, 0);
}

static void cut_given(void *context, void *answer)
{
	syscall(SYS_ftruncate, COMPUTE_FD, 0);
}

static void map_given(void *context, void *answer)
{
	syscall(SYS_mmap, 0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, COMPUTE_FD, 0);
}

static void read_input(void *context, void *answer)
{
	uint8_t byte;

	syscall(SYS_read, STDIN_FILENO, &byte, 1);
}

static void write_output(void *context, void *answer)
{
	syscall(SYS_write, STDOUT_FILENO, "", 0);
}

static const struct {
	const char *name;
	void (*compute)(void *context, void *answer);
} given_failures[] = {
	{ "it writes what it may read", write_given },
	{ "it writes there", pwrite_given },
	{ "it cuts it off", cut_given },
	{ "it maps it to write", map_given },
	{ "it reads standard input", read_input },
	{ "it writes standard output", write_output },
	{ "it reads what we have open", read_ours },
	{ "it opens a file", open_file },
	{ "it opens a socket", open_socket },
};

static void test_given(void)
{
	uint8_t bytes[16] = { 0, 1, 2, 3 }, after[16];
	uint64_t answer = 77;
	struct why why = { "" };
	int fd = memfd_create("given", MFD_CLOEXEC);

	require(fd >= 0 && write(fd, bytes, sizeof(bytes)) == sizeof(bytes));
	check(keeper_compute_from(fd, read_given, NULL, &answer, sizeof(answer), &why) == 0 &&
	      answer == 3);
	for (unsigned i = 0; i < ARRAY_SIZE(given_failures); i++) {
		answer = 77;
		check_msg(keeper_compute_from(fd, given_failures[i].compute, NULL, &answer,
					      sizeof(answer), &why) < 0 &&
				  answer == 77,
			  "%s", given_failures[i].name);
	}
	check(pread(fd, after, sizeof(after), 0) == sizeof(after) &&
	      !memcmp(bytes, after, sizeof(bytes)) && lseek(fd, 0, SEEK_END) == sizeof(bytes));
	close(fd);
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC); /* where answers go is a number, too */
	require(dup2(fd, 3) == 3);
	check_msg(keeper_compute_from(3, add_up, bytes, &answer, sizeof(answer), &why) == 0 &&
			  answer == 6,
		  "what it may read has the number that the answer has there");
}

static int print_one(void *context)
{
	printf("# %s\n", (const char *)context);
	return 7;
}

static int print_from_file(void *context)
{
	struct stat st;

	/* what libc asks of standard output is refused, and no reason to end */
	if (fstat(STDOUT_FILENO, &st) == 0)
		return 1;
	open_file(NULL, NULL);
	return 0;
}

static int print_much(void *context)
{
	for (unsigned i = 0; i < 100000; i++)
		if (puts("nobody reads this") < 0)
			return 1;
	return 0;
}

static void test_show(void)
{
	int status = 77, out = dup(STDOUT_FILENO), pipe[2];
	struct why why = { "" };

	check(keeper_show(print_one, (void *)"shown", &status, &why) == 0 && status == 7);
	status = 77;
	check_msg(keeper_show(print_from_file, NULL, &status, &why) == -EIO && status == 77,
		  "who shows something opens no file: %s", why.text);
	require(out >= 0 && pipe2(pipe, O_CLOEXEC) == 0);
	fflush(stdout);
	close(pipe[0]);
	dup2(pipe[1], STDOUT_FILENO);
	close(pipe[1]);
	status = keeper_show(print_much, NULL, &status, &why);
	dup2(out, STDOUT_FILENO);
	check_msg(status == -EPIPE, "nobody reads: %s", why.text);
	close(out);
}

/* Twenty seconds go by each time that somebody looks at the clock, once the test wants that. */
static bool hurries;
static int64_t ahead_s;

int __real_clock_gettime(clockid_t clock, struct timespec *ret_time);
int __real_poll(struct pollfd *p, nfds_t n, int timeout);
int __wrap_clock_gettime(clockid_t clock, struct timespec *ret_time);
int __wrap_poll(struct pollfd *p, nfds_t n, int timeout);

int __wrap_clock_gettime(clockid_t clock, struct timespec *ret_time)
{
	const int r = __real_clock_gettime(clock, ret_time);

	ahead_s += hurries ? 20 : 0;
	ret_time->tv_sec += ahead_s;
	return r;
}

int __wrap_poll(struct pollfd *p, nfds_t n, int timeout)
{
	return __real_poll(p, n, hurries ? 50 : timeout);
}

static void sleep_on(void *context, void *answer)
{
	static const uint32_t never = 0;

	/* of all that waits it has this */
	for (;;)
		syscall(SYS_futex, &never, FUTEX_WAIT, never, NULL);
}

static void compute_on(void *context, void *answer)
{
	for (volatile unsigned i = 0;; i++)
		;
}

static void say_some(void *context, void *answer)
{
	if (write(3, "xxx", 3) == 3)
		sleep_on(context, answer);
}

static void test_endless(void)
{
	void (*const endless[])(void *, void *) = { sleep_on, compute_on, say_some };
	uint64_t answer = 77;
	struct why why;

	for (unsigned i = 0; i < ARRAY_SIZE(endless); i++) {
		hurries = true;
		check_msg(keeper_compute(endless[i], NULL, &answer, sizeof(answer), &why) ==
					  -ETIMEDOUT &&
				  answer == 77,
			  "it never ends: %s", why.text);
		hurries = false;
		check(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
	}
}

/* "open" and its like fail, and it goes on: what it was to do it does. */
static void open_softly(void *context, void *answer)
{
	const int fd = open("/etc/passwd", O_RDONLY);

	memcpy(answer, &(uint64_t){ fd < 0 }, sizeof(uint64_t));
}

static void test_random(void)
{
	uint64_t refused = 0;
	struct why why = { "" };

	check(keeper_compute(look_for_random, NULL, &refused, sizeof(refused), &why) == 0 &&
	      refused == 1);
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
	test_given();
	test_show();
	test_endless();
	test_random();
	return tap_done();
}
