// SPDX-License-Identifier: MIT
/* A firmware process that ends in each way there is, and one that lies: one reason, nobody left. */
#include "keeper/keeper.h"
#include "keeper/confine.h"
#include "tap.h"
#include "unit/alloc.h"
#include "unit/keeper_machine.h"
#include "unit_machine.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CODE = 0x102000, STACK = 0x105000 };

static const struct ram_range ranges[] = { { 0x100000, 0x200000 } };
static const struct ram_range kept = { 0x180000, 0x190000 };
static struct report_terms terms = {
	.ram = ranges,
	.n_ram = ARRAY_SIZE(ranges),
	.n_ends = 2,
	.boot_end = 1,
};
static struct ram ram;

/* The payload, which goes round and round. */
static struct machine *open_machine(struct why *why)
{
	struct machine *m;

	memcpy(ram.host + CODE, (uint8_t[])UNIT_GOES_ROUND, sizeof((uint8_t[])UNIT_GOES_ROUND));
	if (keeper_machine_open(&ram, &m, why) < 0 ||
	    m->ops->protect(m, CODE, PAGE_BYTES, MACHINE_READ | MACHINE_EXEC, why) < 0)
		return NULL;
	return m;
}

static int confine(struct inside *in, struct machine **ret_machine, struct why *why)
{
	*ret_machine = open_machine(why);
	return *ret_machine ? inside_confine(in, (*ret_machine)->pid, kept, why) : -EIO;
}

/* Run the payload until something is wrong with it. */
static int go_round(void *context, struct inside *in, struct report *report, struct why *why)
{
	struct machine_exit exit = { 0 };
	struct machine *m;
	int r = confine(in, &m, why);

	m->regs = unit_regs(CODE, STACK, 0);
	while (r == 0 && (exit.kind == MACHINE_GATE || exit.kind == MACHINE_TICK)) {
		r = m->ops->run(m, &exit, why);
	}
	report->status = exit.kind;
	report->why = exit.why;
	return r;
}

static int end_well(void *context, struct inside *in, struct report *report, struct why *why)
{
	struct machine *m;

	report->status = 42;
	return confine(in, &m, why);
}

static int fail_early(void *context, struct inside *in, struct report *report, struct why *why)
{
	return why_set(why, -EBADF, "no such thing");
}

static int crash(void *context, struct inside *in, struct report *report, struct why *why)
{
	struct machine *m;

	if (confine(in, &m, why) == 0)
		/* not by a null pointer, which a sanitizer takes for its own to explain */
		unit_crash();
	return 0;
}

static int leave(void *context, struct inside *in, struct report *report, struct why *why)
{
	struct machine *m;

	if (confine(in, &m, why) == 0)
		_exit(3);
	return 0;
}

static int take_all_memory(void *context, struct inside *in, struct report *report, struct why *why)
{
	enum { PIECE = 16 << 20 };
	void *p, *last = NULL;
	struct machine *m;
	unsigned n = 0;
	int r = confine(in, &m, why);

	/* what malloc() does, but that a sanitizer's has its own way to end */
	for (; r == 0 && n < 1024; n++) {
		p = mmap(NULL, PIECE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (p == MAP_FAILED)
			break;
		last = p;
	}
	/* it has something to say still */
	if (last)
		munmap(last, PIECE);
	report->status = n;
	return r;
}

/* What is no report, or too much of one, as the context says: bytes, then nothing. */
struct bad_bytes {
	size_t n;
	uint32_t length; /* that its head claims */
};

static int send_bytes(void *context, struct inside *in, struct report *report, struct why *why)
{
	const struct bad_bytes *bad = context;
	static uint8_t bytes[1 << 16];
	struct machine *m;

	if (confine(in, &m, why) < 0)
		return -EIO;
	memcpy(bytes + 4, &bad->length, 4);
	for (size_t left = bad->n; left;) {
		const ssize_t n =
			write(in->result, bytes, left < sizeof(bytes) ? left : sizeof(bytes));

		if (n <= 0)
			break;
		left -= (size_t)n;
	}
	for (;;)
		sleep(1);
}

/* A request that is none. */
static int send_request(void *context, struct inside *in, struct report *report, struct why *why)
{
	const struct request *request = context;
	struct machine *m;

	if (confine(in, &m, why) < 0)
		return -EIO;
	/* the size of one, but for number 99, which is shorter */
	send(in->channel, request, sizeof(*request) - (request->number == 99), 0);
	if (request->kind == REQUEST_STARTS || request->kind == REQUEST_VOLUME)
		send(in->channel, request, sizeof(*request), 0);
	for (;;)
		sleep(1);
}

/* As the context says: one that comes too early, or one that is too long, with nothing wrong else.
 */
static int send_wrong_size(void *context, struct inside *in, struct report *report, struct why *why)
{
	const struct request *request = context;
	const bool early = request->kind == REQUEST_STARTS;
	uint8_t bytes[sizeof(*request) + 1] = { 0 };
	struct machine *m;

	if (!early && confine(in, &m, why) < 0)
		return -EIO;
	memcpy(bytes, request, sizeof(*request));
	send(in->channel, bytes, sizeof(bytes) - early, 0);
	for (;;)
		sleep(1);
}

/* That it has no root folder of its own, and how it would like a volume there. */
static int lie_about_walls(void *context, struct inside *in, struct report *report, struct why *why)
{
	const struct request request = { .kind = REQUEST_VOLUME };
	struct answer answer = { 0 };
	struct machine *m;
	int r;

	in->walls.error[WALL_FILES] = -EXDEV;
	in->walls.error[WALL_NETWORK] = 5;
	r = confine(in, &m, why);
	if (r == 0 && send(in->channel, &request, sizeof(request), 0) == sizeof(request) &&
	    recv(in->channel, &answer, sizeof(answer), 0) == sizeof(answer))
		report->status = (uint64_t)-answer.error;
	return r;
}

static int ask_for_keys(void *context, struct inside *in, struct report *report, struct why *why)
{
	const struct request request = { .kind = REQUEST_KEYS };
	struct machine *m;

	if (confine(in, &m, why) < 0)
		return -EIO;
	send(in->channel, &request, sizeof(request), 0);
	for (;;)
		sleep(1);
}

/* More than a report can hold. */
static int report_too_much(void *context, struct inside *in, struct report *report, struct why *why)
{
	static struct ram_range pages[REPORT_MOST_PAGES + 1];
	struct machine *m;

	report->pages = pages;
	report->n_pages = ARRAY_SIZE(pages);
	return confine(in, &m, why);
}

static int flood(void *context, struct inside *in, struct report *report, struct why *why)
{
	const struct request request = { .kind = REQUEST_KEYS };
	struct machine *m;

	if (confine(in, &m, why) < 0)
		return -EIO;
	/* answers are never fetched */
	for (;;)
		send(in->channel, &request, sizeof(request), 0);
}

static int confine_wrong(void *context, struct inside *in, struct report *report, struct why *why)
{
	const struct ram_range *resume = context;
	struct machine *m = open_machine(why);

	if (!m)
		return -EIO;
	return inside_confine(in, m->pid, *resume, why);
}

/* Frozen, and all of it right, but for that it was never confined. */
static int freeze(void *context, struct inside *in, struct report *report, struct why *why)
{
	static struct ram_range pages[] = { { 0x100000, 0x110000 } };
	const bool *confined = context;
	struct machine *m;

	if (*confined && confine(in, &m, why) < 0)
		return -EIO;
	report->end = 1;
	report->frozen = true;
	report->pages = pages;
	report->n_pages = 1;
	report->options = (char *)"quiet";
	report->regs = unit_regs(0x100000, 0x101000, 0);
	return 0;
}

enum { ERASED_AT = 0x120000 };
static bool was_erased;

static int wanted_signal;
static bool to_payload;

/* The payload of a firmware process; 0 when it cannot be seen. */
static pid_t payload_of(pid_t firmware)
{
	char path[64];
	int pid = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", firmware, firmware);
	f = fopen(path, "r");
	if (f && fscanf(f, "%d", &pid) != 1)
		pid = 0;
	if (f)
		fclose(f);
	return pid;
}

static struct walls told;
static pid_t firmware;
static unsigned n_volumes_asked;

static void began(void *context, const struct walls *walls, pid_t pid)
{
	told = *walls;
	firmware = pid;
	if (wanted_signal)
		check(kill(to_payload ? payload_of(pid) : pid, wanted_signal) == 0);
}

/* Who wanted them has ended before he is answered. */
static void end_firmware(void *context)
{
	siginfo_t info;

	check(kill(firmware, SIGKILL) == 0 &&
	      waitid(P_PID, (id_t)firmware, &info, WEXITED | WNOWAIT) == 0);
}

static int no_volume(void *context, unsigned number, struct why *why)
{
	n_volumes_asked++;
	return why_set(why, -ENOMEDIUM, "there is nothing in it");
}

/* In guest memory, which both see; it takes longer than a keeper needs to end who has reported. */
static void erase(void *context)
{
	usleep(300000);
	ram.host[ERASED_AT] = 0x5a;
}

typedef int work_fn(void *context, struct inside *in, struct report *report, struct why *why);

static int keep(work_fn *work, void *context, unsigned limit_s, struct report *report,
		struct why *why)
{
	const struct keeper_config config = {
		.ram = &ram,
		.terms = &terms,
		.resume_bytes = 0x10000,
		.most_written = 1 << 20,
		.limit_s = limit_s,
		.work = work,
		.erase = erase,
		.began = began,
		.want_keys = work == ask_for_keys ? end_firmware : NULL,
		.volume = no_volume,
		.n_volumes = 1,
		.context = context,
	};
	int r = ram_open(ranges, ARRAY_SIZE(ranges), &ram, why);

	if (r == 0)
		r = keeper_run(&config, report, why);
	was_erased = r == 0 && ram.host[ERASED_AT] == 0x5a;
	ram_close(&ram);
	return r;
}

static int run(work_fn *work, void *context, unsigned limit_s, struct report *report,
	       struct why *why)
{
	int r;

	*report = (struct report){ 0 };
	*why = (struct why){ "" };
	r = keep(work, context, limit_s, report, why);
	check_msg(waitpid(-1, NULL, __WALL | WNOHANG) < 0 && errno == ECHILD, "nobody is left");
	return r;
}

static void expect(const char *what, work_fn *work, void *context, int error, const char *words)
{
	struct report report;
	struct why why;
	const int r = run(work, context, 5, &report, &why);

	check_msg(r == error && strstr(why.text, words), "%s: %d, %s", what, r, why.text);
}

static void test_ends(void)
{
	struct report report;
	bool confined = true;
	struct why why;

	check(run(end_well, NULL, 0, &report, &why) == 0 && report.status == 42 && !report.error);
	check_msg(was_erased, "what must not stay was erased, all of it");
	check(run(fail_early, NULL, 0, &report, &why) == 0 && report.error == -EBADF &&
	      !strcmp(report.why.text, "no such thing"));
	check(run(freeze, &confined, 0, &report, &why) == 0 && report.frozen &&
	      report.resume.start == kept.start && report.resume.end == kept.end);
	report_free(&report);
	expect("it crashes", crash, NULL, -EPIPE, "killed by signal 4");
	expect("it leaves", leave, NULL, -EPIPE, "ended by itself, with status 3");
	expect("it takes too long", go_round, NULL, -ETIMEDOUT, "within its 5 s");
	check(run(take_all_memory, NULL, 60, &report, &why) == 0 && report.status > 16 &&
	      report.status < 1024);
	printf("# it gets %ju MiB\n", (uintmax_t)report.status * 16);
}

/* In the keeper, or in the firmware process: one reason, nobody left. Both count on their own. */
static void test_out_of_memory(void)
{
	enum { MOST = 200 };
	bool confined = true, done = false;
	struct report report;
	struct why why;
	unsigned at = 1;
	int r;

	for (; at < MOST && !done; at++) {
		alloc_fail_at(at);
		r = run(freeze, &confined, 60, &report, &why);
		alloc_failed(); /* here, perhaps; there nobody says so */
		done = r == 0 && report.frozen;
		check_msg(done || (r < 0 ? why.text[0] : report.error < 0 && report.why.text[0]),
			  "without memory number %u: %s%s", at, why.text, report.why.text);
	}
	check(done && at > 4);
	report_free(&report);
}

static void test_signals(void)
{
	struct report report;
	struct why why;

	wanted_signal = SIGKILL;
	expect("it is killed", go_round, NULL, -EPIPE, "killed by signal 9");
	wanted_signal = SIGSTOP;
	expect("it is stopped", go_round, NULL, -ETIMEDOUT, "within its 5 s");
	to_payload = true;
	wanted_signal = SIGKILL;
	check(run(go_round, NULL, 60, &report, &why) == 0 && report.status == MACHINE_FAULT &&
	      strstr(report.why.text, "killed by signal 9"));
	/* whoever stops that one stops nothing: its signals are the firmware's to pass on */
	wanted_signal = SIGSTOP;
	expect("the payload is stopped", go_round, NULL, -ETIMEDOUT, "within its 5 s");
	wanted_signal = 0;
	to_payload = false;
}

static void test_lies(void)
{
	struct bad_bytes few = { 100, 100 }, short_one = { 1 << 15, 30 },
			 zeros = { 1 << 16, 1 << 16 }, endless = { 1 << 30, UINT32_MAX };
	struct request confined = { .kind = REQUEST_CONFINED, .resume = kept },
		       starts = { .kind = REQUEST_STARTS }, unknown = { .kind = 17 },
		       small = { .kind = REQUEST_KEYS, .number = 99 },
		       keys = { .kind = REQUEST_KEYS },
		       volume = { .kind = REQUEST_VOLUME, .number = 1 },
		       again = { .kind = REQUEST_VOLUME, .number = 0 },
		       far = { .kind = REQUEST_VOLUME, .number = UINT32_MAX };
	struct ram_range wrong[] = { { 0, 0x10000 },	       { 0x180001, 0x190001 },
				     { 0x180000, 0x18f000 },   { 0x1f8000, 0x208000 },
				     { 0x190000, 0x180000 },   { 0, 0 },
				     { UINT64_MAX - 0xfff, 0 } };
	bool not_confined = false;

	expect("a report without an end", send_bytes, &few, -ETIMEDOUT, "within its 5 s");
	expect("one that is too short", send_bytes, &short_one, -EBADMSG, "lengths");
	expect("one of zeros", send_bytes, &zeros, -EBADMSG, "lengths");
	expect("one that goes on for ever", send_bytes, &endless, -EBADMSG, "lengths");
	expect("a second beginning", send_request, &confined, -EPROTO,
	       "a request that is not valid");
	expect("a second start", send_request, &starts, -EPROTO, "a request that is not valid");
	expect("a request that there is not", send_request, &unknown, -EPROTO,
	       "a request that is not valid");
	expect("one that is too short", send_request, &small, -EPROTO,
	       "a request that is not valid");
	expect("a volume that there is not", send_request, &volume, -EPROTO,
	       "a request that is not valid");
	expect("a volume for the second time", send_request, &again, -EPROTO,
	       "a request that is not valid");
	expect("nor that", send_request, &far, -EPROTO, "a request that is not valid");
	expect("more requests than answers", flood, NULL, -EPROTO, "a request that is not valid");
	expect("one before it gave up its rights", send_wrong_size, &starts, -EPROTO,
	       "a request that is not valid");
	expect("one that is too long", send_wrong_size, &keys, -EPROTO,
	       "a request that is not valid");
	for (unsigned i = 0; i < ARRAY_SIZE(wrong); i++)
		expect("a wrong place for the next kernel's start", confine_wrong, &wrong[i],
		       -EPROTO, "a request that is not valid");
	expect("frozen before it was confined", freeze, &not_confined, -EBADMSG,
	       "before it gave up its rights");
}

/* What it says of its walls can take some away, and never give one back. */
static void test_lies_about_walls(void)
{
	struct report report;
	struct why why;
	int error;

	check(run(end_well, NULL, 0, &report, &why) == 0);
	error = told.error[WALL_FILES];
	n_volumes_asked = 0;
	check(run(lie_about_walls, NULL, 60, &report, &why) == 0);
	check(told.error[WALL_FILES] == (error ? error : -EXDEV));
	check(told.error[WALL_NETWORK] <= 0);
	check_msg(report.status == (uint64_t)-told.error[WALL_FILES] && n_volumes_asked == 0,
		  "no volume for who has no root folder: %ju", (uintmax_t)report.status);
}

static void test_odd_ends(void)
{
	struct report report;
	struct why why;
	int reaper = -1;

	expect("it is gone before it is answered", ask_for_keys, NULL, -EPIPE,
	       "killed by signal 9");
	check(run(report_too_much, NULL, 60, &report, &why) == 0 && report.error == -E2BIG &&
	      strstr(report.why.text, "too much"));
	/* whose children are whose is as it was */
	prctl(PR_SET_CHILD_SUBREAPER, 0);
	check(run(end_well, NULL, 0, &report, &why) == 0);
	check(prctl(PR_GET_CHILD_SUBREAPER, &reaper) == 0 && reaper == 0);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
}

/* The keeper is killed, after so long: the others end too. */
static bool all_end(unsigned after_us)
{
	const pid_t keeper = fork();
	struct report report;
	struct why why;
	int left = 0;

	if (keeper == 0)
		_exit(keep(go_round, NULL, 0, &report, &why) != 0);
	usleep(after_us);
	kill(keeper, SIGKILL);
	/* all of them come to us, as orphans */
	for (unsigned i = 0; i < 3000 && left >= 0; i++) {
		left = waitpid(-1, NULL, __WALL | WNOHANG);
		if (left == 0)
			usleep(10000);
	}
	if (left == 0)
		kill(payload_of(getpid()), SIGKILL);
	return left < 0 && errno == ECHILD;
}

static void test_keeper_killed(void)
{
	enum { ROUNDS = 100, STEP_US = 150 };
	unsigned i = 0;

	check_msg(all_end(1000000), "with its keeper all are gone");
	while (i < ROUNDS && all_end(i * STEP_US))
		i++;
	check_msg(i == ROUNDS, "in its beginning too: killed %u us after it", i * STEP_US);
}

int main(void)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	test_ends();
	test_out_of_memory();
	test_signals();
	test_lies();
	test_lies_about_walls();
	test_odd_ends();
	test_keeper_killed();
	return tap_done();
}
