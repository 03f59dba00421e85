// SPDX-License-Identifier: MIT
#include "tool/tool.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

enum {
	OPT_CMDLINE = 256,
	OPT_INITRD,
	OPT_DISK,
	OPT_DISK_WRITABLE,
	OPT_NO_DISKS,
	OPT_FRAMEBUFFER,
	OPT_NO_FIRMWARE,
	OPT_NO_FRAMEBUFFER,
	OPT_TRACE,
	OPT_TIMEOUT,
	OPT_MEMORY,
	OPT_HANDOVER,
	OPT_HELP,
	OPT_ESP,
	OPT_ESP_WRITABLE,
	OPT_ADDON,
	OPT_CREDENTIAL,
	OPT_PROFILE,
	OPT_ENTRY,
	OPT_REUSE_CMDLINE,
	OPT_TRACE_SUMMARY,
	OPT_JSON,
	OPT_LOG,
	OPT_PCRLOCK,
	OPT_POLICY,
	OPT_NO_MEASURE,
};

enum { LEAST_MEMORY = 4 << 20 };

/* What run, load and boot have in common. */
#define OPTIONS_HELP                                                                               \
	"  --cmdline TEXT   the image's load options; for a kernel, its command line\n"            \
	"  --reuse-cmdline  the command line of the running kernel\n"                              \
	"  --entry ID       an entry of the boot menu instead of IMAGE; bardo list shows it\n"     \
	"  --initrd FILE    offer FILE as initrd; several are concatenated\n"                      \
	"  --disk FILE      offer a disk, a block device or an image; can be repeated\n"           \
	"  --disk-writable  allow the image to write to the disks; =force: also to those in use\n" \
	"  --no-disks       offer no disk unasked: not the ESP's, nor those of the machine, "      \
	"which\n"                                                                                  \
	"                   all but run offer\n"                                                   \
	"  --no-firmware    do not let the next kernel call this machine's firmware\n"             \
	"  --framebuffer    offer the host's framebuffer, for the next kernel's console;\n"        \
	"                   load and boot do so where it is safe\n"                                \
	"  --no-framebuffer do not offer it\n"                                                     \
	"  --esp DIR        the folder tree that the image sees (default: its ESP)\n"              \
	"  --esp-writable   allow the image to write there\n"                                      \
	"  --profile N      choose a profile of a unified kernel image, by number, ID or title\n"  \
	"  --addon FILE     an addon for a unified kernel image, in addition to its own\n"         \
	"  --credential NAME=FILE  the same for a credential\n"                                    \
	"  --policy host|enforce|report|sealed\n"                                                  \
	"                   host: an image needs a signature where this machine insists on them\n" \
	"                   (the default); enforce: everywhere; report: nowhere; sealed:\n"        \
	"                   everywhere, and nothing is given to it that no signature covers\n"     \
	"  --trace[=FILTER] print every call of the image on stderr, or those of FILTER\n"         \
	"  --trace-summary  print calls, errors and time of each service at the end\n"             \
	"  --timeout S      stop the image after S seconds (0: never)\n"                           \
	"  --memory SIZE    the image's memory in bytes, or with suffix K, M or G\n"

/* And those that stage it, or say what comes of that. */
#define HANDOVER_HELP                                                                              \
	"  --handover freeze|direct|file|auto\n"                                                   \
	"                   freeze: run the image's EFI code (the default); direct: boot a "       \
	"Linux\n"                                                                                  \
	"                   kernel at its own entry, for kernels without EFI stub; file: have "    \
	"the\n"                                                                                    \
	"                   running kernel load it, which takes signed ones under lockdown; "      \
	"auto:\n"                                                                                  \
	"                   freeze, or file where kexec_load(2) is refused\n"

const char run_options_help[] = OPTIONS_HELP
	"  --json           print the summary for programs; the image's text goes to stderr\n"
	"  --help           this text\n";

const char predict_options_help[] = OPTIONS_HELP HANDOVER_HELP
	"  --json           for programs\n"
	"  --log FILE       write the event log that the next kernel will have to FILE\n"
	"  --pcrlock        print a component for systemd-pcrlock(8)\n"
	"  --help           this text\n";

const char load_options_help[] = OPTIONS_HELP HANDOVER_HELP
	"  --no-measure     show the image no TPM, and extend nothing at the jump\n"
	"  --help           this text\n";

void print_verb_help(const struct verb *verb)
{
	printf("usage: bardo %s%s%s\n\n%s.\n\n%s", verb->name, verb->usage[0] ? " " : "",
	       verb->usage, verb->about, verb->help);
}

/* A number of bytes: digits, then K, M or G. */
static bool parse_size(const char *text, uint64_t *ret_size)
{
	static const char units[] = "KMG";
	const char *unit;
	uint64_t size;
	char *end;

	errno = 0;
	size = strtoull(text, &end, 10);
	if (errno || end == text || text[0] == '-')
		return false;
	if (*end) {
		unit = strchr(units, *end & ~0x20);
		if (!unit || end[1] || size > UINT64_MAX >> 10 * (unit - units + 1))
			return false;
		size <<= 10 * (unit - units + 1);
	}
	*ret_size = size;
	return size > 0;
}

static bool parse_seconds(const char *text, unsigned *ret_seconds)
{
	unsigned long s;
	char *end;

	errno = 0;
	s = strtoul(text, &end, 10);
	if (errno || end == text || *end || text[0] == '-' || s > 31536000)
		return false;
	*ret_seconds = (unsigned)s;
	return true;
}

static int add_sidecar(const struct verb *verb, const char *given, const char **list,
		       unsigned *inout_n)
{
	if (*inout_n == MAX_SIDECARS)
		return usage_error(verb, "%s: more than %d of them", given, MAX_SIDECARS);
	list[(*inout_n)++] = optarg;
	return 0;
}

int word_number(const char *word, const char *const *words)
{
	for (int i = 0; words[i]; i++)
		if (!strcmp(word, words[i]))
			return i;
	return -1;
}

static int take_way(const struct verb *verb, enum handover_way *ret_way)
{
	static const char *const ways[] = {
		[HANDOVER_FREEZE] = "freeze",
		[HANDOVER_DIRECT] = "direct",
		[HANDOVER_FILE] = "file",
		[HANDOVER_AUTO] = "auto",
		NULL,
	};
	const int way = word_number(optarg, ways);

	if (way < 0)
		return usage_error(verb, "--handover %s: must be freeze, direct, file or auto",
				   optarg);
	*ret_way = way;
	return 0;
}

static int take_policy(const struct verb *verb, enum boot_policy *ret_policy)
{
	static const char *const policies[] = {
		[POLICY_HOST] = "host",
		[POLICY_ENFORCE] = "enforce",
		[POLICY_REPORT] = "report",
		[POLICY_SEALED] = "sealed",
		NULL,
	};
	const int policy = word_number(optarg, policies);

	if (policy < 0)
		return usage_error(verb, "--policy %s: must be host, enforce, report or sealed",
				   optarg);
	*ret_policy = policy;
	return 0;
}

static int take_filter(const struct verb *verb, struct boot_caller *caller)
{
	struct why why;

	if (optarg && firmware_trace_filter(optarg, &why) < 0)
		return usage_error(verb, "--trace: %s", why.text);
	caller->trace = stderr;
	caller->trace_filter = optarg;
	return 0;
}

/* What predict prints; no other verb has these. */
static int take_output(const struct verb *verb, int option, const char *given,
		       struct boot_request *o)
{
	if (verb != &verb_predict)
		return usage_error(verb, "unknown option %s", option == OPT_LOG ? "--log" : given);
	if (option == OPT_LOG)
		o->output.log = optarg;
	else if (option == OPT_JSON)
		o->output.json = true;
	else
		o->output.pcrlock = true;
	if (o->output.json && o->output.pcrlock)
		return usage_error(verb, "--json and --pcrlock: one of them");
	return 0;
}

static int take_option(const struct verb *verb, int option, const char *given,
		       struct boot_request *o)
{
	switch (option) {
	case OPT_CMDLINE:
		o->cmdline = optarg;
		return 0;
	case OPT_INITRD:
		if (o->n_initrds == MAX_INITRDS)
			return usage_error(verb, "--initrd: more than %d of them", MAX_INITRDS);
		o->initrd[o->n_initrds++] = optarg;
		return 0;
	case OPT_DISK:
		if (o->n_disks == MAX_DISKS)
			return usage_error(verb, "--disk: more than %d of them", MAX_DISKS);
		o->disk[o->n_disks++] = optarg;
		return 0;
	case OPT_FRAMEBUFFER:
		o->framebuffer = FRAMEBUFFER_SURELY;
		return 0;
	case OPT_NO_FRAMEBUFFER:
		o->framebuffer = FRAMEBUFFER_NONE;
		return 0;
	case OPT_NO_FIRMWARE:
		o->no_firmware = true;
		return 0;
	case OPT_DISK_WRITABLE:
		o->disk_writable = true;
		o->disk_forced = optarg;
		if (optarg && strcmp(optarg, "force") != 0)
			return usage_error(verb, "--disk-writable=%s: must be force", optarg);
		return 0;
	case OPT_NO_DISKS:
		o->no_disks = true;
		return 0;
	case OPT_ESP:
		o->esp.folder = optarg;
		return 0;
	case OPT_ESP_WRITABLE:
		o->esp.writable = true;
		return 0;
	case OPT_ENTRY:
		o->entry = optarg;
		return 0;
	case OPT_REUSE_CMDLINE:
		o->reuse_cmdline = true;
		return 0;
	case OPT_PROFILE:
		o->profile = optarg;
		return 0;
	case OPT_ADDON:
		return add_sidecar(verb, given, o->esp.addon, &o->esp.n_addons);
	case OPT_CREDENTIAL:
		return add_sidecar(verb, given, o->esp.credential, &o->esp.n_credentials);
	case OPT_JSON:
		if (verb != &verb_run)
			return take_output(verb, option, given, o);
		o->caller.json = true;
		return 0;
	case OPT_NO_MEASURE:
		if (verb == &verb_run || verb == &verb_predict)
			return usage_error(verb, "unknown option %s", given);
		o->measure = MEASURE_NOT;
		return 0;
	case OPT_LOG:
	case OPT_PCRLOCK:
		return take_output(verb, option, given, o);
	case OPT_POLICY:
		return take_policy(verb, &o->policy);
	case OPT_TRACE:
		return take_filter(verb, &o->caller);
	case OPT_TRACE_SUMMARY:
		o->caller.summary = stderr;
		return 0;
	case OPT_TIMEOUT:
		if (!parse_seconds(optarg, &o->timeout_s))
			return usage_error(verb, "--timeout %s: not a number of seconds", optarg);
		return 0;
	case OPT_MEMORY:
		if (!parse_size(optarg, &o->memory))
			return usage_error(verb, "--memory %s: not a size", optarg);
		if (o->memory < LEAST_MEMORY)
			return usage_error(verb, "--memory %s: at least 4M is needed", optarg);
		return 0;
	case OPT_HANDOVER:
		return verb == &verb_run
			       ? usage_error(verb, "--handover: %s does not stage the image",
					     verb->name)
			       : take_way(verb, &o->way);
	case ':':
		return usage_error(verb, "%s needs a value", given);
	default:
		return usage_error(verb, "unknown option %s", given);
	}
}

/* The operand; without one the boot menu decides, but for run, which changes nothing. */
static int take_image(const struct verb *verb, char *const *operand, struct boot_request *o)
{
	if (!operand[0] && !o->entry && verb == &verb_run)
		return usage_error(verb, "no IMAGE given");
	if (operand[0] && operand[1])
		return usage_error(verb, "more than one IMAGE");
	if (operand[0] && o->entry)
		return usage_error(verb, "--entry %s: IMAGE is what runs", o->entry);
	if (o->cmdline && o->reuse_cmdline)
		return usage_error(verb, "--reuse-cmdline: --cmdline is what the image gets");
	o->image = operand[0];
	return 0;
}

int run_options_parse(const struct verb *verb, int argc, char **argv,
		      struct boot_request *ret_request, bool *ret_help)
{
	static const struct option options[] = {
		{ "cmdline", required_argument, NULL, OPT_CMDLINE },
		{ "initrd", required_argument, NULL, OPT_INITRD },
		{ "disk", required_argument, NULL, OPT_DISK },
		{ "framebuffer", no_argument, NULL, OPT_FRAMEBUFFER },
		{ "no-firmware", no_argument, NULL, OPT_NO_FIRMWARE },
		{ "no-framebuffer", no_argument, NULL, OPT_NO_FRAMEBUFFER },
		{ "disk-writable", optional_argument, NULL, OPT_DISK_WRITABLE },
		{ "no-disks", no_argument, NULL, OPT_NO_DISKS },
		{ "esp", required_argument, NULL, OPT_ESP },
		{ "esp-writable", no_argument, NULL, OPT_ESP_WRITABLE },
		{ "entry", required_argument, NULL, OPT_ENTRY },
		{ "reuse-cmdline", no_argument, NULL, OPT_REUSE_CMDLINE },
		{ "profile", required_argument, NULL, OPT_PROFILE },
		{ "addon", required_argument, NULL, OPT_ADDON },
		{ "credential", required_argument, NULL, OPT_CREDENTIAL },
		{ "log", required_argument, NULL, OPT_LOG },
		{ "pcrlock", no_argument, NULL, OPT_PCRLOCK },
		{ "policy", required_argument, NULL, OPT_POLICY },
		{ "trace", optional_argument, NULL, OPT_TRACE },
		{ "trace-summary", no_argument, NULL, OPT_TRACE_SUMMARY },
		{ "json", no_argument, NULL, OPT_JSON },
		{ "no-measure", no_argument, NULL, OPT_NO_MEASURE },
		{ "timeout", required_argument, NULL, OPT_TIMEOUT },
		{ "memory", required_argument, NULL, OPT_MEMORY },
		{ "handover", required_argument, NULL, OPT_HANDOVER },
		{ "help", no_argument, NULL, OPT_HELP },
		{ 0 },
	};
	struct boot_request o = *ret_request;
	int c, r;

	opterr = 0;
	*ret_help = false;
	while ((c = getopt_long(argc, argv, ":", options, NULL)) >= 0) {
		if (c == OPT_HELP) {
			print_verb_help(verb);
			*ret_help = true;
			return EXIT_DONE;
		}
		r = take_option(verb, c, argv[optind - 1], &o);
		if (r)
			return r;
	}
	r = take_image(verb, argv + optind, &o);
	if (r)
		return r;
	*ret_request = o;
	return 0;
}

int plain_options_parse(const struct verb *verb, int argc, char **argv, bool *ret_json,
			bool *ret_help)
{
	*ret_help = false;
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--help")) {
			print_verb_help(verb);
			*ret_help = true;
			return EXIT_DONE;
		}
		if (argv[i][0] != '-')
			return usage_error(verb, "%s: unexpected operand", argv[i]);
		if (!ret_json || strcmp(argv[i], "--json"))
			return usage_error(verb, "unknown option %s", argv[i]);
		*ret_json = true;
	}
	return 0;
}
