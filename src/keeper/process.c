// SPDX-License-Identifier: MIT
/* The firmware process from outside: made, watched, ended. */
#include "base/clock.h"
#include "base/fd.h"
#include "base/spaces.h"
#include "keeper/confine.h"
#include "keeper/mounts.h"
#include "keeper/users.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	FIRST_READ = 1 << 16,
};

struct keeper {
	const struct keeper_config *config;
	struct inside inside; /* what the child gets a copy of */
	struct walls walls;
	bool root; /* with the rights that this needs */
	uid_t uid; /* as whom it is to run, outside of its namespace */
	gid_t gid;
	pid_t pid;
	int pidfd, channel, result; /* our ends */
	bool confined, started;
	bool *asked; /* of each volume: that was its one time */
	struct report_terms terms;
	uint8_t *bytes; /* of its report, so far */
	size_t n_bytes, room;
};

static void missing(struct keeper *k, enum wall wall, int r)
{
	if (r < 0 && !k->walls.error[wall])
		k->walls.error[wall] = r;
}

/* Who it is: nobody in particular inside, and there is nobody else. */
static struct users_map map_of(const struct keeper *k)
{
	return (struct users_map){
		.uid_outside = k->uid,
		.gid_outside = k->gid,
		.keeps_groups = !k->root,
	};
}

/*
 * One tree, cut out. Its owner will look as if he were who the firmware process is: so what the
 * owner may read there the image may.
 */
static int cut_tree(const struct keeper *k, const struct keeper_tree *tree, bool as_other)
{
	struct users_map map = map_of(k);
	scoped_fd users = -1;
	struct stat st;

	if (fstat(*tree->fd, &st) < 0)
		return -errno;
	map.uid_inside = st.st_uid;
	map.gid_inside = st.st_gid;
	if (as_other) {
		users = users_open(&map);
		if (users < 0)
			return users;
	}
	return mount_cut(*tree->fd, tree->writable, users);
}

/* All of them, in the place of what they were; or none. */
static int cut_trees(const struct keeper *k, bool as_other)
{
	const struct keeper_config *c = k->config;
	int fd[KEEPER_MOST_TREES], r = 0;
	unsigned n = 0;

	for (; n < c->n_trees && r >= 0; n += r >= 0)
		r = fd[n] = cut_tree(k, &c->tree[n], as_other);
	for (unsigned i = 0; i < n; i++) {
		if (r >= 0 && dup3(fd[i], *c->tree[i].fd, O_CLOEXEC) < 0)
			r = -errno;
		close(fd[i]);
	}
	return r < 0 ? r : 0;
}

/*
 * Root: a user whom nobody is. Where the files cannot be shown to him, their owner. False: root
 * cannot be anybody else either.
 */
static bool choose_other(struct keeper *k)
{
	const struct keeper_config *c = k->config;
	struct stat st;
	int r;

	k->uid = k->gid = users_spare_id();
	r = cut_trees(k, true);
	/* a namespace that shows a tree to him is proof enough */
	if (r == 0 && (c->n_trees || users_may_become(k->uid, k->gid)))
		return true;
	missing(k, WALL_IDENTITY, r < 0 ? r : -EPERM);
	if (c->n_trees && fstat(*c->tree[0].fd, &st) == 0) {
		k->uid = st.st_uid;
		k->gid = st.st_gid;
	}
	if (!users_may_become(k->uid, k->gid))
		return false;
	missing(k, WALL_TREES, cut_trees(k, false));
	return true;
}

/* Who is not root, or may become nobody else, stays who he is, and cuts his trees out by path, in a
 * namespace of his own. */
static int choose_self(struct keeper *k)
{
	const struct keeper_config *c = k->config;
	char link[64];

	scoped_fd users = -1;

	k->uid = geteuid();
	k->gid = getegid();
	/* root with few capabilities may have a namespace, and not be anybody in it */
	if (k->uid == 0) {
		users = users_open(&(struct users_map){ 0, k->uid, 0, k->gid, true });
		missing(k, WALL_USER, users);
	}
	k->inside.path = calloc(c->n_trees + 1, sizeof(*k->inside.path));
	if (!k->inside.path)
		return -ENOMEM;
	for (unsigned i = 0; i < c->n_trees; i++) {
		snprintf(link, sizeof(link), "/proc/self/fd/%d", *c->tree[i].fd);
		if (readlink(link, k->inside.path[i], CONFINE_PATH_BYTES - 1) < 0)
			return -errno;
	}
	return 0;
}

static int work(struct inside *in, struct report *report, struct why *why)
{
	ssize_t n;
	int r;

	do
		n = recv(in->channel, &in->go, sizeof(in->go), 0);
	while (n < 0 && errno == EINTR);
	if (n != sizeof(in->go))
		return why_set(why, -EPIPE, "firmware process: its keeper ended");
	r = confine_enter(in, why);
	return r < 0 ? r : in->config->work(in->config->context, in, report, why);
}

/* The firmware process, all of it: what it leaves is one report. */
static _Noreturn void child_main(struct keeper *k)
{
	struct report *report = calloc(1, sizeof(*report));
	struct inside *in = &k->inside;
	uint8_t *bytes = NULL;
	struct why why = { "" };
	size_t n;
	int r;

	/* the keeper's ends: while we held them too, we would not notice that it is gone */
	close(k->channel);
	close(k->result);
	if (!report)
		_exit(1);
	r = work(in, report, &why);
	if (r < 0) {
		*report = (struct report){ .error = r, .why = why };
	}
	r = report_encode(report, &bytes, &n, &why);
	if (r < 0) {
		*report = (struct report){ .error = r, .why = why };
		r = report_encode(report, &bytes, &n, &why);
	}
	if (in->config->erase)
		in->config->erase(in->config->context);
	fflush(NULL);
	if (r == 0)
		r = fd_write_all(in->result, bytes, n);
	_exit(r < 0 ? 1 : 0);
}

/* In as many namespaces of its own as the host permits. */
static int fork_apart(struct keeper *k)
{
	int pidfd = -1;
	pid_t pid = -1;

	fflush(NULL); /* or both of us would write what is not written yet */
	for (unsigned i = k->walls.error[WALL_USER] != 0; i < ARRAY_SIZE(spaces_flags); i++) {
		pid = (pid_t)syscall(SYS_clone, spaces_flags[i] | CLONE_PIDFD | SIGCHLD, 0, &pidfd,
				     0, 0);
		if (pid == 0)
			child_main(k);
		if (pid > 0)
			break;
		missing(k, WALL_USER, -errno);
		for (enum wall w = WALL_PROCESSES; i && w <= WALL_TREES; w++)
			missing(k, w, -errno);
	}
	if (pid < 0)
		return -errno;
	k->pid = pid;
	k->pidfd = pidfd;
	return 0;
}

/* Tell it who it is, once that has come true. */
static int send_off(struct keeper *k, struct why *why)
{
	const struct users_map map = map_of(k);
	const bool apart = !k->walls.error[WALL_USER];
	struct go go = { .become = k->root };
	int r;

	if (apart) {
		r = users_set(k->pid, &map);
		if (r < 0)
			return why_errno(why, r, "firmware process: setting up its user namespace");
	} else {
		go.uid = k->uid;
		go.gid = k->gid;
	}
	go.walls = k->walls;
	if (send(k->channel, &go, sizeof(go), MSG_NOSIGNAL) != sizeof(go))
		return why_errno(why, -errno, "firmware process: starting it");
	return 0;
}

static int start(struct keeper *k, struct why *why)
{
	int channel[2] = { -1, -1 }, result[2] = { -1, -1 }, r = 0;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel) < 0 ||
	    pipe2(result, O_CLOEXEC) < 0)
		r = why_errno(why, -errno, "firmware process: creating a pipe");
	k->channel = channel[0];
	k->inside.channel = channel[1];
	k->result = result[0];
	k->inside.result = result[1];
	if (r == 0) {
		r = fork_apart(k);
		if (r < 0)
			why_errno(why, r, "firmware process: fork");
	}
	fd_close(&channel[1]);
	fd_close(&result[1]);
	return r < 0 ? r : send_off(k, why);
}

static bool is_kept_free(const struct keeper *k, struct ram_range r)
{
	const struct report_terms *t = &k->terms;

	if (!k->config->resume_bytes)
		return true;
	if ((r.start | r.end) % PAGE_BYTES || r.start >= r.end ||
	    r.end - r.start < k->config->resume_bytes)
		return false;
	for (unsigned i = 0; i < t->n_ram; i++)
		if (t->ram[i].start <= r.start && r.end <= t->ram[i].end)
			return true;
	return false;
}

static int answer_confined(struct keeper *k, const struct request *request)
{
	if (k->confined || !is_kept_free(k, request->resume))
		return -EPROTO;
	k->confined = true;
	if (k->config->resume_bytes)
		k->terms.resume = request->resume;
	for (unsigned i = 0; i < N_WALLS; i++)
		missing(k, i, request->walls.error[i]);
	if (k->config->began)
		k->config->began(k->config->context, &k->walls, k->pid);
	return 0;
}

static int answer_volume(struct keeper *k, unsigned number, struct why *why)
{
	const struct users_map map = map_of(k);
	scoped_fd mount = -1, users = -1;
	int r;

	if (k->walls.error[WALL_FILES])
		return why_errno(why, k->walls.error[WALL_FILES],
				 "this host allows no mount for the image");
	mount = k->config->volume(k->config->context, number, why);
	if (mount < 0)
		return mount;
	/* where it cannot be shown so, the image reads what anybody may */
	if (k->uid)
		users = users_open(&map);
	if (users >= 0 && mount_show(mount, users) < 0)
		fd_close(&users);
	r = mount_hang(mount, k->pid, number);
	return r < 0 ? why_errno(why, r, "mounting it for the image") : 0;
}

/* 0, or -EPROTO for what no firmware that works would ask. */
static int answer(struct keeper *k)
{
	struct answer a = { 0 };
	struct request request;
	const ssize_t n = recv(k->channel, &request, sizeof(request), MSG_DONTWAIT | MSG_TRUNC);

	if (n == 0 || (n < 0 && (errno == EAGAIN || errno == EINTR || errno == ECONNRESET)))
		return 0;
	if (n != sizeof(request) || (!k->confined && request.kind != REQUEST_CONFINED))
		return -EPROTO;
	switch (request.kind) {
	case REQUEST_CONFINED:
		if (answer_confined(k, &request) < 0)
			return -EPROTO;
		break;
	case REQUEST_STARTS:
		if (k->started)
			return -EPROTO;
		k->started = true;
		if (k->config->starts)
			k->config->starts(k->config->context);
		break;
	case REQUEST_KEYS:
		if (k->config->want_keys)
			k->config->want_keys(k->config->context);
		break;
	case REQUEST_VOLUME:
		/* once: each time costs the host a mount */
		if (request.number >= k->config->n_volumes || k->asked[request.number])
			return -EPROTO;
		k->asked[request.number] = true;
		a.error = answer_volume(k, request.number, &a.why);
		break;
	default:
		return -EPROTO;
	}
	/* it may have ended meanwhile */
	return send(k->channel, &a, sizeof(a), MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && errno != EPIPE &&
			       errno != ECONNRESET
		       ? -EPROTO
		       : 0;
}

/* 1: the report is whole; 0: go on; -EPIPE: there will be none. */
static int take_report(struct keeper *k)
{
	size_t wanted;
	uint8_t *grown;
	ssize_t n;

	if (k->n_bytes == k->room) {
		k->room = k->room ? 2 * k->room : FIRST_READ;
		grown = realloc(k->bytes, k->room);
		if (!grown)
			return -ENOMEM;
		k->bytes = grown;
	}
	n = read(k->result, k->bytes + k->n_bytes, k->room - k->n_bytes);
	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	if (n == 0)
		return -EPIPE;
	k->n_bytes += (size_t)n;
	wanted = report_bytes((struct bytes){ k->bytes, k->n_bytes });
	return wanted && k->n_bytes >= wanted;
}

/* Until its report is there, it has ended, or its time is up: 0 or a negative errno. */
static int watch(struct keeper *k, struct why *why)
{
	const unsigned limit_s = k->config->limit_s;
	const int64_t end = limit_s ? now_ms() + (int64_t)limit_s * 1000 : INT64_MAX;
	int r = 0;

	while (r == 0) {
		struct pollfd p[] = { { k->result, POLLIN, 0 }, { k->channel, POLLIN, 0 } };
		const int64_t left = end - now_ms();

		if (left <= 0)
			return why_set(why, -ETIMEDOUT,
				       "did not end within its %u s, and was killed", limit_s);
		if (poll(p, ARRAY_SIZE(p), (int)min_u64((uint64_t)left, 1000)) <= 0)
			continue;
		if (p[1].revents & POLLIN)
			r = answer(k);
		if (r == 0 && p[0].revents)
			r = take_report(k);
		else if (r == 0 && p[1].revents & POLLHUP)
			poll(NULL, 0, 1); /* its other end follows */
	}
	if (r == -EPROTO)
		return why_set(why, r, "the firmware process sent a request that is not valid");
	return r < 0 && r != -EPIPE ? why_errno(why, r, "firmware process") : r;
}

/* It and all that it started: nobody changes anything after this. */
static siginfo_t end(struct keeper *k)
{
	siginfo_t info = { .si_code = CLD_EXITED };

	syscall(SYS_pidfd_send_signal, k->pidfd, SIGKILL, NULL, 0);
	while (waitid(P_PID, (id_t)k->pid, &info, WEXITED) < 0 && errno == EINTR)
		;
	/* a namespace goes with its first process; without one the payload comes to us */
	while (k->walls.error[WALL_PROCESSES])
		if (waitpid(-1, NULL, __WALL) < 0 && errno != EINTR)
			break;
	return info;
}

static int say_how(const siginfo_t *info, struct why *why)
{
	if (info->si_code == CLD_EXITED)
		return why_set(why, -EPIPE, "the firmware process ended by itself, with status %d",
			       info->si_status);
	return why_set(why, -EPIPE, "the firmware process was killed by signal %d (%s)",
		       info->si_status, strsignal(info->si_status));
}

static int run(struct keeper *k, struct report *ret_report, struct why *why)
{
	siginfo_t info;
	int r = 0;

	k->root = geteuid() == 0;
	k->root = k->root && choose_other(k);
	if (!k->root)
		r = choose_self(k);
	if (r < 0)
		return why_errno(why, r, "firmware process: mounting its folder trees");
	r = start(k, why);
	if (k->pid <= 0)
		return r;
	if (r == 0)
		r = watch(k, why);
	info = end(k);
	if (r == -EPIPE)
		return say_how(&info, why);
	if (r < 0)
		return r;
	r = report_decode((struct bytes){ k->bytes, k->n_bytes }, &k->terms, ret_report, why);
	if (r == 0 && ret_report->frozen && !k->confined) {
		report_free(ret_report);
		r = why_set(why, -EBADMSG,
			    "the firmware process froze the image before it gave up its rights");
	}
	return r;
}

int keeper_run(const struct keeper_config *config, struct report *ret_report, struct why *why)
{
	struct keeper k = { .config = config, .pidfd = -1, .channel = -1, .result = -1 };
	int r, reaper = 0;

	k.asked = calloc(config->n_volumes + 1, sizeof(*k.asked));
	if (!k.asked)
		return why_errno(why, -ENOMEM, "keeper");
	k.terms = *config->terms;
	k.inside.config = config;
	prctl(PR_GET_CHILD_SUBREAPER, &reaper, 0, 0, 0);
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	r = run(&k, ret_report, why);
	prctl(PR_SET_CHILD_SUBREAPER, reaper, 0, 0, 0);
	fd_close(&k.pidfd);
	fd_close(&k.channel);
	fd_close(&k.result);
	free(k.asked);
	free(k.inside.path);
	free(k.bytes);
	return r;
}
