// SPDX-License-Identifier: MIT
/* What is done with something staged: exec, unload, status. */
#include "boot/runtime.h"
#include "handover/handover.h"
#include "host/kernel.h"
#include "host/kexec_gate.h"
#include "host/memory_kept.h"
#include "host/sandbox_gate.h"
#include "keeper/keeper.h"
#include "tool/in_time.h"
#include "tool/print.h"
#include "tool/report.h"
#include "tool/tool.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>

static const char plain_help[] = "  --help           this text\n";

/* What to do with an image that was staged before this machine was cloned. */
static const char *const stale_ways[] = { "restage", "refuse", "use", NULL };
enum stale_way { STALE_RESTAGE, STALE_REFUSE, STALE_USE };

/* What to do when the TPM does not take what was measured; commit_way counts the same. */
static const char *const measure_ways[] = { "must", "best-effort", "no", NULL };

struct exec_options {
	unsigned stale, measure;
	bool commit; /* and no jump: somebody else does that */
};

/* 0 where arg is that option with one of its words, 1 where it is another, or an exit status. */
static int take_way(const char *arg, const char *option, const char *const *ways, unsigned *ret_way,
		    const char *wanted)
{
	const size_t n = strlen(option);
	int way;

	if (strncmp(arg, option, n) != 0)
		return 1;
	way = word_number(arg + n, ways);
	if (way < 0)
		return -usage_error(&verb_exec, "%s: must be %s", arg, wanted);
	*ret_way = (unsigned)way;
	return 0;
}

static int exec_options_parse(int argc, char **argv, struct exec_options *o, bool *ret_help)
{
	int r;

	*ret_help = false;
	for (int i = 1; i < argc; i++) {
		r = take_way(argv[i], "--stale=", stale_ways, &o->stale, "restage, refuse or use");
		if (r == 1)
			r = take_way(argv[i], "--measure=", measure_ways, &o->measure,
				     "must, best-effort or no");
		if (r < 0)
			return -r;
		if (r == 1 && !strcmp(argv[i], "--commit"))
			o->commit = true;
		else if (r == 1)
			return plain_options_parse(&verb_exec, argc - i + 1, argv + i - 1, NULL,
						   ret_help);
	}
	return 0;
}

/* Memory came or went: what is staged may lie where there is none, or says so to the next kernel.
 */
static bool memory_changed(const struct record *record)
{
	uint64_t now;
	struct why why;

	return record->memory && memory_map_now(NULL, &now, &why) == 0 && now != record->memory;
}

/* As it is it would not do, whatever anybody wants. */
static int renew_for_memory(const struct record *record, enum stale_way way)
{
	struct why why;

	fprintf(stderr, "bardo: %s was staged before this machine's memory changed%s\n",
		record->image, way == STALE_REFUSE ? "" : ": staging it again");
	if (way != STALE_REFUSE && restage(record) == EXIT_DONE)
		return EXIT_DONE;
	if (handover_unload(NULL, &why) < 0)
		fail("%s", why.text);
	return fail("%s is not booted", record->image);
}

/* Is it of this clone? If not, what is to be done is done: 0 or an exit status. */
static int renew(enum stale_way way)
{
	struct record record;
	struct why why;
	bool stale;

	if (handover_staged(NULL, &record, &why) < 0)
		return fail("%s", why.text);
	if (memory_changed(&record))
		return renew_for_memory(&record, way);
	stale = staged_generation(&record) == GENERATION_OTHER;
	if (stale && way == STALE_REFUSE)
		return fail("%s was staged before this machine was cloned: not booted",
			    record.image);
	/* the kernel made that seed when it loaded the files: now is the latest moment for another
	 */
	return way != STALE_USE && (stale || record.by_file) ? restage(&record) : 0;
}

static int prepare(const void *context)
{
	const struct exec_options *o = context;
	int r = renew(o->stale);

	stage_enter(STAGE_JUMP);
	return r ? r : commit_staged(o->measure);
}

/*
 * systemd-shutdown(8) jumps into what is staged whatever becomes of its hooks, and ends them after
 * 90 s (DEFAULT_TIMEOUT_USEC). So nothing is left to jump into where not all was done in time:
 * its PCRs would be those of this kernel. Others can wait.
 */
enum { COMMIT_SECONDS = 75 };

static int commit(const struct exec_options *o)
{
	struct record record;
	struct why why;
	int r;

	if (handover_staged(NULL, &record, &why) < 0)
		return fail("%s", why.text);
	r = done_in_time(prepare, o, systemd_runs() ? COMMIT_SECONDS : UINT_MAX);
	if (r == EXIT_DONE)
		return r;
	if (r == -ETIMEDOUT)
		fail("%s is not booted: what is to be done before takes more than %d s",
		     record.image, COMMIT_SECONDS);
	else if (r < 0)
		fail("%s is not booted: what is to be done before: %s", record.image, strerror(-r));
	stage_enter(STAGE_JUMP);
	return handover_unload(NULL, &why) < 0 ? fail("%s", why.text) : EXIT_FAILED;
}

static int cmd_exec(int argc, char **argv)
{
	struct exec_options o = { 0 };
	struct why why;
	bool help;
	int r;

	r = exec_options_parse(argc, argv, &o, &help);
	if (r || help)
		return r;
	r = o.commit ? commit(&o) : prepare(&o);
	if (r || o.commit)
		return r;
	handover_exec(NULL, &why);
	return fail("%s", why.text);
}

static int cmd_unload(int argc, char **argv)
{
	struct why why;
	bool help;
	int r;

	r = plain_options_parse(&verb_unload, argc, argv, NULL, &help);
	if (r || help)
		return r;
	return handover_unload(NULL, &why) < 0 ? fail("%s", why.text) : EXIT_DONE;
}

static uint64_t bytes_in(const struct record *record)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < record->n_segments; i++)
		n += record->segment[i].n_bytes;
	return n;
}

static const char *const stale_in_json[] = {
	[GENERATION_SAME] = "false",
	[GENERATION_OTHER] = "true",
	[GENERATION_UNKNOWN] = "null",
};

static const char *const stale_in_words[] = {
	[GENERATION_SAME] = "",
	[GENERATION_OTHER] = ", stale: this machine was cloned since",
	[GENERATION_UNKNOWN] = "; which one it is now cannot be seen",
};

static void print_json_record(const struct record *record)
{
	json_text("image", bytes_of_text(record->image));
	json_text("handover", bytes_of_text(record->by_file ? "file" : "memory"));
	json_text("interrupted", bytes_of_text(record->replacing[0] ? record->replacing : NULL));
	json_text("generation", bytes_of_text(record->generation[0] ? record->generation : NULL));
	json_word("stale", stale_in_json[staged_generation(record)]);
	json_bool("memory_changed", memory_changed(record));
	json_number("time", record->time);
	json_number("entry", record->entry);
	json_number("bytes", bytes_in(record));
	json_open("segments", '[');
	for (unsigned i = 0; i < record->n_segments; i++) {
		json_open(NULL, '{');
		json_number("addr", record->segment[i].addr);
		json_number("bytes", record->segment[i].n_bytes);
		json_close('}');
	}
	json_close(']');
}

/* What a host allows: staging, walls around the firmware, calls of the machine's own. */
struct host {
	bool refused, file_refused, unwalled; /* then why */
	struct why gate, file_gate, why;
	struct walls walls;
	struct runtime_view runtime;
};

/* Where a PC's devices are, memory has to be elsewhere. */
#define DEVICES_BYTES (UINT64_C(1) << 30)

/* Tried, and not only asked. */
static bool sandbox_refused(struct host *host)
{
	int r = sandbox_gate("", &host->why);

	if (r == 0)
		r = keeper_probe(host_total_ram() + DEVICES_BYTES, &host->walls, &host->why);
	if (r < 0)
		sandbox_gate_explain("", r, &host->why);
	return r < 0;
}

/* One that is missing, and the setting by which it is. */
static void describe_wall(const struct host *host, enum wall wall, struct why *ret_why)
{
	wall_describe(wall, host->walls.error[wall], ret_why);
	if (wall == WALL_USER)
		namespace_gate_explain("", ret_why);
}

static void print_json_walls(const struct host *host)
{
	struct why why;

	json_open("walls_missing", '[');
	if (host->unwalled)
		json_text(NULL, bytes_of_text(host->why.text));
	for (unsigned i = 0; !host->unwalled && i < N_WALLS; i++)
		if (host->walls.error[i]) {
			describe_wall(host, i, &why);
			json_text(NULL, bytes_of_text(why.text));
		}
	json_close(']');
}

static void print_json_firmware(const struct runtime_view *runtime)
{
	const char *service;
	unsigned bit = 0;

	json_text("firmware", bytes_of_text(runtime->firmware.n ? "forwarded" : "frozen"));
	json_text("firmware_why", bytes_of_text(runtime->firmware.n ? NULL : runtime->frozen.text));
	json_open("firmware_lacks", '[');
	while ((service = runtime_view_lacks(runtime, &bit)))
		json_text(NULL, bytes_of_text(service));
	json_close(']');
}

static void print_json(const struct record *record, const struct host *host)
{
	json_begin();
	json_bool("staged", record);
	if (record)
		print_json_record(record);
	json_bool("kexec_loaded", kexec_is_loaded() == 1);
	json_text("load_refused", bytes_of_text(host->refused ? host->gate.text : NULL));
	json_text("file_load_refused",
		  bytes_of_text(host->file_refused ? host->file_gate.text : NULL));
	print_json_walls(host);
	print_json_firmware(&host->runtime);
	json_end();
}

static void print_staged(const struct record *record)
{
	printf("staged          ");
	print_safe(bytes_of_text(record->image));
	if (record->by_file)
		printf(", by kexec_file_load\n");
	else
		printf(", %.1f MiB in %u segments, entry %#" PRIx64 "\n", mib(bytes_in(record)),
		       record->n_segments, record->entry);
	printf("generation      %s%s\n", record->generation[0] ? record->generation : "unknown",
	       record->generation[0] ? stale_in_words[staged_generation(record)] : "");
	if (memory_changed(record))
		printf("memory          has changed since: exec stages it again\n");
	if (record->replacing[0]) {
		printf("or              ");
		print_safe(bytes_of_text(record->replacing));
		printf(": staging it instead was interrupted\n");
	}
}

static void print_walls(const struct host *host)
{
	struct why why;

	if (host->unwalled)
		printf("walls           the sandbox cannot be built: %s\n", host->why.text);
	else if (walls_all(&host->walls))
		printf("walls           all\n");
	for (unsigned i = 0; !host->unwalled && i < N_WALLS; i++)
		if (host->walls.error[i]) {
			describe_wall(host, i, &why);
			printf("walls           %s\n", why.text);
		}
}

static void print_text(const struct record *record, const struct host *host)
{
	if (record)
		print_staged(record);
	else
		printf("staged          %s\n",
		       kexec_is_loaded() == 1 ? "something, but not by bardo" : "nothing");
	printf("kexec_load      %s\n", host->refused ? host->gate.text : "allowed");
	if (host->refused)
		printf("kexec_file_load %s\n",
		       host->file_refused ? host->file_gate.text
					  : "allowed, if it takes the kernel (--handover auto)");
	print_walls(host);
	print_runtime(&host->runtime);
}

static int cmd_status(int argc, char **argv)
{
	struct host host;
	struct record record;
	bool help, json = false, staged;
	int r;

	r = plain_options_parse(&verb_status, argc, argv, &json, &help);
	if (r || help)
		return r;
	staged = handover_staged(NULL, &record, &host.why) == 0;
	host.refused = kexec_gate(&host.gate) < 0;
	host.file_refused = kexec_gate_file("", &host.file_gate) < 0;
	host.unwalled = sandbox_refused(&host);
	runtime_view_here(&host.runtime);
	(json ? print_json : print_text)(staged ? &record : NULL, &host);
	return EXIT_DONE;
}

const struct verb verb_exec = {
	"exec",
	"[--stale=restage|refuse|use] [--measure=must|best-effort|no] [--commit]",
	"Boot the staged image now, without stopping services",
	cmd_exec,
	"  --stale=restage|refuse|use\n"
	"                   if the machine was cloned after staging: restage it first\n"
	"                   (the default), refuse, or use the image as it is\n"
	"  --measure=must|best-effort|no\n"
	"                   if the TPM does not take what was measured: do not boot (must, the\n"
	"                   default), or boot (best-effort); no: do not extend anything\n"
	"  --commit         extend what was measured, and do not boot: somebody else does\n"
	"  --help           this text\n",
	STAGE_EXEC,
};

const struct verb verb_unload = {
	"unload", "", "Remove the staged image", cmd_unload, plain_help, STAGE_JUMP,
};

const struct verb verb_status = {
	"status",
	"[--json]",
	"Show what is staged and whether staging is allowed",
	cmd_status,
	"  --json           for programs\n"
	"  --help           this text\n",
	STAGE_STATUS,
};
