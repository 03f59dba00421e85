// SPDX-License-Identifier: MIT
/* log: the event log of this machine, or one from a file, and whether it leads to the PCRs. */
#include "host/file.h"
#include "measure/host_log.h"
#include "measure/host_pcrs.h"
#include "tool/log_print.h"
#include "tool/tool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct options {
	const char *path, *other; /* NULL: this machine's; nothing to compare it with */
	bool json;
};

struct opened {
	struct host_file file;
	struct host_log here; /* this machine's */
	struct history history;
};

static int open_here(struct opened *o)
{
	struct why why;
	int r = host_log_read("", NULL, &o->here, &why);

	if (r == -ENOENT)
		return fail(HOST_LOG ": there is none: no TPM, or no log from the firmware");
	if (r < 0)
		return fail("%s", why.text);
	if (o->here.note.text[0])
		fail("the event log %s", o->here.note.text);
	return EXIT_DONE;
}

static int open_log(const char *path, struct opened *o)
{
	struct why why;
	int r = host_file_read("", path, &o->file);

	if (r < 0)
		return fail("%s: %s", path, strerror(-r));
	r = history_read((struct bytes){ (const uint8_t *)o->file.text, o->file.n_bytes },
			 &o->history, &why);
	return r < 0 ? fail("%s: %s", path, why.text) : EXIT_DONE;
}

static void close_log(struct opened *o)
{
	host_log_free(&o->here);
	history_free(&o->history);
	host_file_free(&o->file);
}

static int compare(const struct options *o, const struct log_shown *shown)
{
	struct opened other = { 0 };
	struct log_shown expected = { .path = o->other, .history = &other.history };
	struct why why = { "" };
	int r = open_log(o->other, &other);

	if (r == EXIT_DONE) {
		r = (o->json ? log_print_diff_json : log_print_diff)(&expected, shown, &why);
		/* as diff(1): what is not the same is told by the status too */
		r = r < 0 ? fail("%s: %s", o->other, why.text) : r ? EXIT_FAILED : EXIT_DONE;
	}
	close_log(&other);
	return r;
}

static int show(const struct options *o, struct tpm_pcrs *pcrs)
{
	struct opened log = { 0 };
	struct log_shown shown = { .path = o->path ? o->path : HOST_LOG };
	struct why why;
	int r = o->path ? open_log(o->path, &log) : open_here(&log);

	shown.history = o->path ? &log.history : &log.here.history;

	if (r == EXIT_DONE && o->other) {
		r = compare(o, &shown);
	} else if (r == EXIT_DONE) {
		/* another machine's log says nothing of this one's TPM */
		if (!o->path && host_pcrs_read("", pcrs, &why) < 0)
			r = fail("%s", why.text);
		else if (!o->path)
			shown.real = pcrs;
	}
	if (r == EXIT_DONE && !o->other)
		(o->json ? log_print_json : log_print)(&shown);
	close_log(&log);
	return r;
}

static int parse(int argc, char **argv, struct options *o)
{
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--json"))
			o->json = true;
		else if (!strcmp(argv[i], "--diff") && !argv[i + 1])
			return usage_error(&verb_log, "--diff needs a value");
		else if (!strcmp(argv[i], "--diff"))
			o->other = argv[++i];
		else if (argv[i][0] == '-')
			return usage_error(&verb_log, "unknown option %s", argv[i]);
		else if (o->path)
			return usage_error(&verb_log, "more than one FILE");
		else
			o->path = argv[i];
	}
	return EXIT_DONE;
}

static int cmd_log(int argc, char **argv)
{
	struct options o = { 0 };
	struct tpm_pcrs *pcrs;
	int r;

	if (argc == 2 && !strcmp(argv[1], "--help")) {
		print_verb_help(&verb_log);
		return EXIT_DONE;
	}
	r = parse(argc, argv, &o);
	if (r)
		return r;
	pcrs = calloc(1, sizeof(*pcrs));
	r = pcrs ? show(&o, pcrs) : fail("%s", strerror(ENOMEM));
	free(pcrs);
	return r;
}

const struct verb verb_log = {
	"log",
	"[--json] [--diff OTHER] [FILE]",
	"Show the TPM's event log, and whether it leads to the PCRs",
	cmd_log,
	"  --json           for programs\n"
	"  --diff OTHER     show only the records that OTHER (-) or FILE (+) alone has\n"
	"  --help           this text\n",
	STAGE_WRITE,
};
