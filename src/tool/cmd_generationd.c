// SPDX-License-Identifier: MIT
/* generationd: the daemon that tells processes that their machine was cloned. */
#include "generationd/generationd.h"
#include "tool/tool.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>

/* of its own, so that nobody starts it again: the unit names it too */
enum { EXIT_NOTHING_TO_WATCH = 3 };

enum { OPT_FOLDER = 256, OPT_INTERVAL, OPT_RESTAGE, OPT_NO_SANDBOX, OPT_HELP };

static void warn(const struct why *why)
{
	fail("%s", why->text);
}

static bool parse_interval(const char *text, long *ret_us)
{
	char *end;
	long us;

	errno = 0;
	us = strtol(text, &end, 10);
	if (errno || end == text || *end || us < INTERVAL_US_LEAST || us > INTERVAL_US_MOST)
		return false;
	*ret_us = us;
	return true;
}

static int take_option(int option, const char *given, struct generationd_options *o)
{
	switch (option) {
	case OPT_FOLDER:
		o->folder = optarg;
		return 0;
	case OPT_INTERVAL:
		if (!parse_interval(optarg, &o->interval_us))
			return usage_error(&verb_generationd, "--interval-us %s: must be %d to %d",
					   optarg, INTERVAL_US_LEAST, INTERVAL_US_MOST);
		return 0;
	case OPT_RESTAGE:
		o->bardo = "/proc/self/exe";
		return 0;
	case OPT_NO_SANDBOX:
		o->open = true;
		return 0;
	case ':':
		return usage_error(&verb_generationd, "%s needs a value", given);
	default:
		return usage_error(&verb_generationd, "unknown option %s", given);
	}
}

static int options_parse(int argc, char **argv, struct generationd_options *o, bool *ret_help)
{
	static const struct option options[] = {
		{ "folder", required_argument, NULL, OPT_FOLDER },
		{ "interval-us", required_argument, NULL, OPT_INTERVAL },
		{ "restage", no_argument, NULL, OPT_RESTAGE },
		{ "no-sandbox", no_argument, NULL, OPT_NO_SANDBOX },
		{ "help", no_argument, NULL, OPT_HELP },
		{ 0 },
	};
	int c, r;

	opterr = 0;
	*ret_help = false;
	while ((c = getopt_long(argc, argv, ":", options, NULL)) >= 0) {
		if (c == OPT_HELP) {
			print_verb_help(&verb_generationd);
			*ret_help = true;
			return EXIT_DONE;
		}
		r = take_option(c, argv[optind - 1], o);
		if (r)
			return r;
	}
	if (optind != argc)
		return usage_error(&verb_generationd, "%s: unexpected operand", argv[optind]);
	return 0;
}

static int cmd_generationd(int argc, char **argv)
{
	struct generationd_options o = { .folder = PUBLISHED_DIR,
					 .interval_us = INTERVAL_US,
					 .warn = warn };
	struct why why;
	bool help;
	int r;

	r = options_parse(argc, argv, &o, &help);
	if (r || help)
		return r;
	r = generationd_run(&o, &why);
	fail("%s", why.text);
	return r == -ENODEV ? EXIT_NOTHING_TO_WATCH : EXIT_FAILURE;
}

const struct verb verb_generationd = {
	"generationd",
	"[OPTIONS]",
	"A daemon that tells processes that this machine was cloned",
	cmd_generationd,
	"  --folder DIR     publish in DIR (default: /run/bardo)\n"
	"  --interval-us N  look every N microseconds, 100 to 1000000 (default: 5000)\n"
	"  --restage        after a clone, stage the staged image again: bardo restage\n"
	"  --no-sandbox     keep all rights, for debugging\n"
	"  --help           this text\n",
	STAGE_WATCH,
};
