// SPDX-License-Identifier: MIT
/* What is done with something staged: exec, unload, status. */
#include "host/kexec_gate.h"
#include "tool/tool.h"

#include <inttypes.h>

static const char plain_help[] = "  --help           this text\n";

static int cmd_exec(int argc, char **argv)
{
	struct why why;
	bool help;
	int r;

	r = plain_options_parse(&verb_exec, argc, argv, NULL, &help);
	if (r || help)
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

/* A JSON string: control characters, quotes and backslashes escaped. */
static void print_json_string(const char *text)
{
	putchar('"');
	for (; *text; text++)
		if (*text == '"' || *text == '\\')
			printf("\\%c", *text);
		else if ((unsigned char)*text < 0x20)
			printf("\\u%04x", *text);
		else
			putchar(*text);
	putchar('"');
}

static void print_json(const struct record *record, const char *refused)
{
	printf("{\"staged\": %s", record ? "true" : "false");
	if (record) {
		printf(", \"image\": ");
		print_json_string(record->image);
		printf(", \"interrupted\": ");
		if (record->replacing[0])
			print_json_string(record->replacing);
		else
			printf("null");
		printf(", \"time\": %" PRIu64 ", \"entry\": %" PRIu64 ", \"bytes\": %" PRIu64
		       ", \"segments\": [",
		       record->time, record->entry, bytes_in(record));
		for (unsigned i = 0; i < record->n_segments; i++)
			printf("%s{\"addr\": %" PRIu64 ", \"bytes\": %" PRIu64 "}", i ? ", " : "",
			       record->segment[i].addr, record->segment[i].n_bytes);
		printf("]");
	}
	printf(", \"kexec_loaded\": %s, \"load_refused\": ",
	       kexec_is_loaded() == 1 ? "true" : "false");
	if (refused)
		print_json_string(refused);
	else
		printf("null");
	printf("}\n");
}

static void print_text(const struct record *record, const char *refused)
{
	if (record)
		printf("staged          %s, %.1f MiB in %u segments, entry %#" PRIx64 "\n",
		       record->image, (double)bytes_in(record) / (1 << 20), record->n_segments,
		       record->entry);
	else
		printf("staged          %s\n",
		       kexec_is_loaded() == 1 ? "something, but not by bardo" : "nothing");
	if (record && record->replacing[0])
		printf("or              %s: staging it instead was cut short\n", record->replacing);
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
	"exec",	  "",	      "Jump into what is staged, now and without an orderly shutdown",
	cmd_exec, plain_help,
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
