// SPDX-License-Identifier: MIT
/*
 * usage: calls PROGRAM [ARG]... [-- PROGRAM [ARG]...]...
 * Runs tests, and watches which system calls bardo's processes make behind their filters, by a
 * filter of its own around them all. Each row of a filter is for a call that one of the tests
 * makes, or says next to it why none does: what nobody needs is not there. TAP.
 */
#include "base/util.h"
#include "keeper/filter_rows.h"
#include "keeper/processor.h"
#include "tap.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_LISTS = 8, MOST_ROWS = 40, MOST_PROCESSES = 4096 };

/* A process without rights. */
struct kind {
	const char *name;
	const struct filter_rows *list[MOST_LISTS];
	const char *by[MOST_LISTS][MOST_ROWS]; /* the first test that made the call */
};

static struct kind firmware = { "firmware",
				{ &keeper_ptrace, &filter_drives, &filter_files, &filter_writes,
				  &filter_runs, &filter_self, &filter_refused },
				{ { NULL } } };
static struct kind computes = { "who computes",
				{ &filter_answers, &filter_shows, &filter_input,
				  &filter_answers_refused, &filter_self, &filter_refused },
				{ { NULL } } };

static struct process {
	pid_t pid;
	bool payload;
	bool traces;
	struct kind *kind; /* once it has its filter */
} processes[MOST_PROCESSES];
static unsigned n_processes, n_of_payloads, n_others_of_payloads;

/* A program that cannot go on says so; that it can is no check. */
static void need(bool ok, const char *what)
{
	if (ok)
		return;
	printf("Bail out! %s\n", what);
	exit(1);
}

static struct process *process_of(pid_t pid)
{
	for (unsigned i = n_processes; i-- > 0;)
		if (processes[i].pid == pid)
			return &processes[i];
	need(n_processes < MOST_PROCESSES, "too many processes");
	processes[n_processes] = (struct process){ .pid = pid };
	return &processes[n_processes++];
}

/* What is known only when a filter is made holds: otherwise nobody would be asked about it. */
static bool holds(const struct filter_condition *c, const struct seccomp_data *call)
{
	const uint64_t value = call->args[c->arg];

	if (c->known)
		return true;
	switch (c->how) {
	case IS:
		return (uint32_t)value == c->value;
	case LACKS:
		return !(value & c->value);
	case ABOVE:
		return (uint32_t)value > c->value;
	case NULL_ADDRESS:
		return value == 0;
	default:
		return true;
	}
}

static void note(struct kind *kind, const struct seccomp_data *call, const char *by)
{
	for (unsigned l = 0; l < MOST_LISTS && kind->list[l]; l++)
		for (unsigned i = 0; i < kind->list[l]->n; i++) {
			const struct filter_row *row = &kind->list[l]->row[i];

			if (row->number == call->nr && holds(&row->condition[0], call) &&
			    holds(&row->condition[1], call) && !kind->by[l][i])
				kind->by[l][i] = by;
		}
}

static bool is(const struct seccomp_data *call, long number)
{
	return call->nr == number;
}

/*
 * Who puts a filter around itself traces a payload already, or it computes. The payload is told to
 * by who traces it, from a page below 4 GiB, where nothing of a program's own is.
 */
static void watch(const struct seccomp_notif *n, const char *by)
{
	const struct seccomp_data *call = &n->data;
	struct process *p = process_of((pid_t)n->pid);

	if (is(call, SYS_execve)) {
		*p = (struct process){ .pid = (pid_t)n->pid };
	} else if (p->payload) {
		n_of_payloads++;
		n_others_of_payloads += !is(call, SYS_mprotect);
	} else if (p->kind) {
		note(p->kind, call, by);
	} else if (is(call, SYS_seccomp) && call->args[0] == SECCOMP_SET_MODE_FILTER) {
		p->payload = call->args[2] >> 32 == 0;
		p->kind = p->payload ? NULL : p->traces ? &firmware : &computes;
	} else if (is(call, SYS_ptrace) && call->args[0] == PTRACE_SEIZE) {
		p->traces = true;
	}
}

/* All calls are told of, but for the one by which the listener is given away. */
static int listener_new(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_sendmsg, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
	};
	const struct sock_fprog program = { ARRAY_SIZE(filter), filter };

	if (geteuid() != 0)
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
			    &program);
}

union fd_message {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(sizeof(int))];
};

static bool fd_send(int socket, int fd)
{
	union fd_message control = { .header = { CMSG_LEN(sizeof(fd)), SOL_SOCKET, SCM_RIGHTS } };
	char none = 0;
	struct iovec byte = { &none, 1 };
	const struct msghdr message = { .msg_iov = &byte,
					.msg_iovlen = 1,
					.msg_control = &control,
					.msg_controllen = sizeof(control) };

	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	return sendmsg(socket, &message, 0) == 1;
}

static int fd_receive(int socket)
{
	union fd_message control;
	char one;
	struct iovec byte = { &one, 1 };
	struct msghdr message = { .msg_iov = &byte,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	int fd = -1;

	if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) == 1 && CMSG_FIRSTHDR(&message))
		memcpy(&fd, CMSG_DATA(&control.header), sizeof(fd));
	return fd;
}

static _Noreturn void child_main(int socket, char *const argv[])
{
	const int null = open("/dev/null", O_RDWR), fd = listener_new();

	if (fd < 0 || null < 0 || !fd_send(socket, fd))
		_exit(1);
	close(fd);
	close(socket);
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	execv(argv[0], argv);
	_exit(1);
}

/* Until the last of them has ended, each call goes on as it would have. */
static void listen_to(int listener, const char *by)
{
	struct pollfd p = { listener, POLLIN, 0 };

	while (poll(&p, 1, -1) >= 0 && !(p.revents & POLLHUP)) {
		struct seccomp_notif n = { 0 };
		struct seccomp_notif_resp answer = { .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE };

		if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &n) < 0)
			continue;
		watch(&n, by);
		answer.id = n.id;
		ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
	}
}

static void run(char *const argv[])
{
	const char *slash = strrchr(argv[0], '/'), *name = slash ? slash + 1 : argv[0];
	int pair[2], listener, status = -1;
	pid_t pid;

	n_processes = 0;
	need(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0, "a socket pair");
	pid = fork();
	need(pid >= 0, "a process");
	if (pid == 0)
		child_main(pair[1], argv);
	close(pair[1]);
	listener = fd_receive(pair[0]);
	close(pair[0]);
	need(listener >= 0, "a filter with a listener");
	listen_to(listener, name);
	close(listener);
	waitpid(pid, &status, 0);
	check_msg(status == 0, "%s passes while it is watched", name);
}

static void show_row(const struct kind *kind, unsigned list, unsigned i)
{
	const struct filter_row *row = &kind->list[list]->row[i];
	const char *by = kind->by[list][i];
	char form[64] = "";

	for (unsigned c = 0; c < ARRAY_SIZE(row->condition) && row->condition[c].how; c++)
		snprintf(form + strlen(form), sizeof(form) - strlen(form), " [%u]: %#x",
			 row->condition[c].arg, row->condition[c].value);
	check_msg(by || row->unseen, "%s, %s: call %d%s: %s", kind->name, kind->list[list]->name,
		  row->number, form,
		  by		? by
		  : row->unseen ? row->unseen
				: "needed by nobody");
}

static void show_kind(const struct kind *kind)
{
	for (unsigned l = 0; l < MOST_LISTS && kind->list[l]; l++)
		for (unsigned i = 0; i < kind->list[l]->n; i++)
			show_row(kind, l, i);
}

int main(int argc, char *argv[])
{
	/* so a heap has to grow in whoever inherits one, whatever was free in it */
	need(setenv("GLIBC_TUNABLES", "glibc.malloc.trim_threshold=4096:glibc.malloc.top_pad=0",
		    1) == 0,
	     "an environment");
	for (int i = 1, end; i < argc; i = end + 1) {
		for (end = i; end < argc && strcmp(argv[end], "--"); end++)
			;
		argv[end] = NULL;
		need(argv[i] != NULL, "a program to run");
		run(argv + i);
	}
	show_kind(&firmware);
	show_kind(&computes);
	check_msg(n_of_payloads > 0 && n_others_of_payloads == 0,
		  "payloads: %u calls behind their filters, of which %u are not mprotect(2)",
		  n_of_payloads, n_others_of_payloads);
	return tap_done();
}
