// SPDX-License-Identifier: MIT
/* What is done with something staged: exec, unload, status. */
#include "handover/handover.h"
#include "host/kexec_gate.h"
#include "tool/print.h"
#include "tool/tool.h"

#include <inttypes.h>
#include <string.h>

static const char plain_help[] = "  --help           this text\n";

/* What to do with an image that was staged before this machine was cloned. */
static const char *const stale_ways[] = { "restage", "refuse", "use" };
enum stale_way { STALE_RESTAGE, STALE_REFUSE, STALE_USE };

static int exec_options_parse(int argc, char **argv, enum stale_way *ret_way, bool *ret_help)
{
	static const char option[] = "--stale=";

	*ret_help = false;
	*ret_way = STALE_RESTAGE;
	for (int i = 1; i < argc; i++) {
		const size_t n = sizeof(option) - 1;
		unsigned way = 0;

		if (strncmp(argv[i], option, n) != 0)
			return plain_options_parse(&verb_exec, argc - i + 1, argv + i - 1, NULL,
						   ret_help);
		while (way < ARRAY_SIZE(stale_ways) && strcmp(argv[i] + n, stale_ways[way]) != 0)
			way++;
		if (way == ARRAY_SIZE(stale_ways))
			return usage_error(&verb_exec, "%s: it is restage, refuse or use", argv[i]);
		*ret_way = way;
	}
	return 0;
}

static int cmd_exec(int argc, char **argv)
{
	enum stale_way way;
	struct record record;
	struct why why;
	bool help, stale;
	int r;

	r = exec_options_parse(argc, argv, &way, &help);
	if (r || help)
		return r;
	if (handover_staged(NULL, &record, &why) < 0)
		return fail("%s", why.text);
	stale = staged_generation(&record) == GENERATION_OTHER;
	if (stale && way == STALE_REFUSE)
		return fail("%s was staged before this machine was cloned: not booted",
			    record.image);
	/* the kernel made that seed when it loaded the files: now is the latest moment for another
	 */
	if (way != STALE_USE && (stale || record.by_file)) {
		r = restage(&record);
		if (r)
			return r;
	}
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

static void print_json(const struct record *record, const char *refused)
{
	json_begin();
	json_bool("staged", record);
	if (record)
		print_json_record(record);
	json_bool("kexec_loaded", kexec_is_loaded() == 1);
	json_text("load_refused", bytes_of_text(refused));
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
	if (record->replacing[0]) {
		printf("or              ");
		print_safe(bytes_of_text(record->replacing));
		printf(": staging it instead was cut short\n");
	}
}

static void print_text(const struct record *record, const char *refused)
{
	if (record)
		print_staged(record);
	else
		printf("staged          %s\n",
		       kexec_is_loaded() == 1 ? "something, but not by bardo" : "nothing");
	printf("kexec_load      %s\n", refused ? refused : "allowed");
}

static int cmd_status(int argc, char **argv)
{
	struct why gate, why;
	struct record record;
	bool help, json = false, staged, refused;
	int r;

	r = plain_options_parse(&verb_status, argc, argv, &json, &help);
	if (r || help)
		return r;
	staged = handover_staged(NULL, &record, &why) == 0;
	refused = kexec_gate(&gate) < 0;
	(json ? print_json : print_text)(staged ? &record : NULL, refused ? gate.text : NULL);
	return EXIT_DONE;
}

const struct verb verb_exec = {
	"exec",
	"[--stale=restage|refuse|use]",
	"Jump into what is staged, now and without an orderly shutdown",
	cmd_exec,
	"  --stale=WAY      when the machine was cloned since it was staged: restage it first\n"
	"                   (the default), refuse, or use it as it is\n"
	"  --help           this text\n",
};

const struct verb verb_unload = {
	"unload", "", "Take away what is staged", cmd_unload, plain_help,
};

const struct verb verb_status = {
	"status",
	"[--json]",
	"Show what is staged and whether more may be",
	cmd_status,
	"  --json           for programs\n"
	"  --help           this text\n",
};
