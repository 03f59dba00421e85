// SPDX-License-Identifier: MIT
#include "keeper/confine.h"
#include "base/caps.h"
#include "base/fd.h"
#include "keeper/filter.h"
#include "keeper/landlock.h"
#include "keeper/limits.h"
#include "keeper/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	MOST_OPEN = 4096, /* files at once */
	NOTES_SHIFT = 8,  /* 16 bytes a page */
};

/* What its own memory may grow by; the image's is another. */
#define MOST_HEAP (UINT64_C(1) << 30)
#define MOST_SPACE (2 * MOST_HEAP)

static void note(struct inside *in, enum wall wall, int r)
{
	if (r < 0 && !in->walls.error[wall])
		in->walls.error[wall] = r;
}

/* Calls as they are: libc's would have all threads follow, and there is one. */
static int become(const struct go *g)
{
	if (g->become && (syscall(SYS_setgroups, 0, NULL) < 0 ||
			  syscall(SYS_setresgid, g->gid, g->gid, g->gid) < 0 ||
			  syscall(SYS_setresuid, g->uid, g->uid, g->uid) < 0))
		return -errno;
	return 0;
}

/* In the place of each tree's descriptor, that of the same folder on a mount of our own. */
static int cut_trees(struct inside *in)
{
	const struct keeper_config *c = in->config;

	for (unsigned i = 0; in->path && i < c->n_trees; i++) {
		int fd = mount_cut_path(in->path[i], *c->tree[i].fd, c->tree[i].writable);

		if (fd < 0)
			return fd;
		if (dup3(fd, *c->tree[i].fd, O_CLOEXEC) < 0)
			return -errno;
		close(fd);
	}
	return 0;
}

static int by_number(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* So that what is opened later gets a number behind what was there first. */
static int fill(const struct inside *in, int from, int to)
{
	for (int fd = from; fd < to; fd++)
		if (dup3(in->channel, fd, O_CLOEXEC) < 0)
			return -errno;
	return 0;
}

/*
 * Everything that is not on the list, what whoever started us left open included. Up to the last
 * one that is, no number stays free.
 */
static int close_others(struct inside *in)
{
	const struct keeper_config *c = in->config;
	int keep[KEEPER_MOST_FDS + KEEPER_MOST_TREES + 8] = { 0, 1, 2 }, last = -1;
	unsigned n = 3;
	int r = 0;

	keep[n++] = in->channel;
	keep[n++] = in->result;
	if (c->ram)
		keep[n++] = c->ram->fd;
	for (unsigned i = 0; i < c->n_trees; i++)
		keep[n++] = *c->tree[i].fd;
	for (unsigned i = 0; i < c->n_fds; i++)
		keep[n++] = c->fd[i];
	qsort(keep, n, sizeof(*keep), by_number);
	for (unsigned i = 0; i < n && r == 0; i++) {
		r = fill(in, last + 1, keep[i]);
		last = keep[i] > last ? keep[i] : last;
	}
	in->last_given_fd = last;
	return r < 0 ? r : fd_close_range((unsigned)last + 1, ~0U);
}

/* Below the trees, and in the empty root what the keeper hangs there. */
static int only_trees(const struct inside *in)
{
	const struct keeper_config *c = in->config;
	struct landlock_tree tree[KEEPER_MOST_TREES + 1];
	unsigned n = 0;
	int root = -1, r;

	for (; n < c->n_trees; n++)
		tree[n] = (struct landlock_tree){ *c->tree[n].fd, c->tree[n].writable };
	if (c->n_volumes && !in->walls.error[WALL_FILES]) {
		root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (root >= 0)
			tree[n++] = (struct landlock_tree){ root, false };
	}
	r = landlock_restrict(tree, n);
	if (root >= 0)
		close(root);
	return r;
}

/* What it says of a fault it says in a handler. */
static bool is_sanitizers(int number)
{
#ifdef SANITIZED
	return number == SIGSEGV || number == SIGBUS || number == SIGFPE || number == SIGILL;
#else
	(void)number;
	return false;
#endif
}

/*
 * Its terminal's signals are the keeper's to answer, and a handler of the keeper's for its own
 * faults would do here what no filter allows. Where it reads in the background it is told
 * so by an error instead of being stopped, which nobody would notice.
 */
static void leave_signals(void)
{
	sigset_t none;

	for (int number = 1; number <= SIGRTMAX; number++)
		if (!is_sanitizers(number))
			signal(number, SIG_DFL);
	signal(SIGTTIN, SIG_IGN);
	signal(SIGTTOU, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Whoever started us may have had programs for which all memory that can be read is code. */
static void forget_personality(void)
{
	const int now = personality(0xffffffff);

	if (now >= 0 && now & READ_IMPLIES_EXEC)
		personality((unsigned)now & ~(unsigned)READ_IMPLIES_EXEC);
}

/* The kernel ends us with the keeper: unless that was so quick that nobody was there to be told. */
static int die_with_keeper(const struct inside *in)
{
	struct pollfd p = { in->channel, 0, 0 };

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return -errno;
	return poll(&p, 1, 0) < 0 || p.revents & (POLLHUP | POLLERR) ? -EPIPE : 0;
}

int confine_enter(struct inside *in, struct why *why)
{
	int r;

	in->walls = in->go.walls;
	in->used = memory_use_now();
	forget_personality();
	leave_signals();
	/* it is not the keeper's turn, which has something to say then */
	be_first_to_go();
	limit(RLIMIT_CORE, 0);
	r = become(&in->go);
	if (r < 0)
		return why_errno(why, r, "firmware process: changing to its user");
	if (!in->walls.error[WALL_FILES]) {
		note(in, WALL_TREES, cut_trees(in));
		note(in, WALL_FILES, mount_empty_root(in->config->n_volumes));
	}
	r = close_others(in);
	if (r < 0)
		return why_errno(why, r, "firmware process: closing its other files");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return why_errno(why, -errno, "firmware process: no_new_privs");
	note(in, WALL_LANDLOCK, only_trees(in));
	r = caps_drop();
	if (r == 0)
		r = die_with_keeper(in);
	/* changing user has hidden its memory, and the payload's, which it is to trace, with it */
	if (r == 0 && prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) < 0)
		r = -errno;
	return r < 0 ? why_errno(why, r, "firmware process: giving up its rights") : 0;
}

static int ask(const struct inside *in, const struct request *request, struct answer *ret_answer)
{
	ssize_t n;

	do
		n = send(in->channel, request, sizeof(*request), MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	while (n == sizeof(*request)) {
		n = recv(in->channel, ret_answer, sizeof(*ret_answer), 0);
		if (n == sizeof(*ret_answer))
			return 0;
		n = n < 0 && errno == EINTR ? (ssize_t)sizeof(*request) : -1;
	}
	return -EPIPE;
}

int inside_confine(struct inside *in, pid_t child, struct ram_range resume, struct why *why)
{
	const struct keeper_config *c = in->config;
	struct filter_config filter = {
		.child = child,
		.ram_fd = c->ram ? c->ram->fd : -1,
		.channel_fd = in->channel,
		.last_given_fd = in->last_given_fd,
	};
	const struct request request = { .kind = REQUEST_CONFINED,
					 .resume = resume,
					 .walls = in->walls };
	struct answer answer;
	int r;

	for (unsigned i = 0; i < c->n_trees; i++)
		filter.writes |= c->tree[i].writable;
	limit(RLIMIT_NOFILE, MOST_OPEN);
	limit(RLIMIT_FSIZE, c->most_written);
	limit(RLIMIT_DATA, in->used.data + MOST_HEAP);
	/* what cannot be written costs page tables; the machine has notes of each page of RAM */
	limit(RLIMIT_AS, in->used.all + MOST_SPACE + (c->ram ? c->ram->n_bytes >> NOTES_SHIFT : 0));
	limit(RLIMIT_NPROC, 0);
	limit(RLIMIT_MEMLOCK, 0);
	limit(RLIMIT_MSGQUEUE, 0);
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return why_errno(why, -errno, "firmware process: hiding its memory");
	r = filter_install(&filter, why);
	if (r < 0)
		return r;
	r = ask(in, &request, &answer);
	if (r < 0)
		return why_errno(why, r, "firmware process: its keeper");
	if (answer.error) {
		*why = answer.why;
		return answer.error;
	}
	return 0;
}

bool inside_is_apart(const struct inside *in)
{
	const int *error = in->walls.error;

	return !error[WALL_USER] && !error[WALL_PROCESSES] && !error[WALL_NETWORK] &&
	       !error[WALL_FILES];
}

/* Without a keeper there is nobody to tell. */
static void tell(struct inside *in, enum request_kind kind)
{
	const struct request request = { .kind = kind };
	struct answer answer;

	if (ask(in, &request, &answer) < 0)
		return;
}

void inside_starts(struct inside *in)
{
	tell(in, REQUEST_STARTS);
}

void inside_want_keys(struct inside *in)
{
	tell(in, REQUEST_KEYS);
}

int inside_volume(struct inside *in, unsigned number, struct why *why)
{
	const struct request request = { .kind = REQUEST_VOLUME, .number = number };
	const struct open_how {
		uint64_t flags, mode, resolve;
	} how = { .flags = O_PATH | O_DIRECTORY | O_CLOEXEC };
	struct answer answer;
	char path[32];
	long fd;
	int r = ask(in, &request, &answer);

	if (r < 0)
		return why_errno(why, r, "its keeper");
	if (answer.error) {
		*why = answer.why;
		return answer.error;
	}
	snprintf(path, sizeof(path), "/%u", number);
	fd = syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
	return fd < 0 ? why_errno(why, -errno, "%s", path) : (int)fd;
}
