// SPDX-License-Identifier: MIT
/* Command lines, by what the program says to them: argv[1] is bardo. */
#include "base/util.h"
#include "tap.h"

#include <string.h>
#include <sys/wait.h>

static const struct {
	const char *args;
	int status;
	const char *words; /* on either output */
} rows[] = {
	{ "", 2, "usage: bardo VERB" },
	{ "--help", 0, "usage: bardo VERB" },
	{ "--version", 0, "bardo " },
	{ "fly", 2, "there is no verb 'fly'" },
	/* what a message quotes reaches the terminal without what a terminal obeys */
	{ "\"$(printf 'f\\033[31mly\\200')\"", 2, "there is no verb 'f?[31mly?'" },
	{ "run \"/$(printf 'a\\nb\\302\\233')\"", 1, "/a?b??: No such file" },
	{ "run --\"$(printf 'a\\033')\" a", 2, "unknown option --a?" },
	{ "run", 2, "no IMAGE given" },
	{ "run --help", 0, "--timeout S" },
	{ "run a b", 2, "more than one IMAGE" },
	{ "run --nothing a", 2, "unknown option --nothing" },
	{ "run --memory", 2, "--memory needs a value" },
	{ "run --memory 0 a", 2, "--memory 0: not a size" },
	{ "run --memory '' a", 2, "not a size" },
	{ "run --memory -1 a", 2, "not a size" },
	{ "run --memory 1T a", 2, "--memory 1T: not a size" },
	{ "run --memory 1KK a", 2, "not a size" },
	{ "run --memory K a", 2, "not a size" },
	{ "run --memory 0x10 a", 2, "not a size" },
	{ "run --memory 99999999999999999999 a", 2, "not a size" },
	{ "run --memory 18446744073709551615 /nowhere", 1, "/nowhere" },
	{ "run --memory 17179869185G a", 2, "not a size" }, /* 2^64 and a GiB more */
	{ "run --memory 17179869183G /nowhere", 1, "/nowhere" },
	{ "run --memory 18014398509481984K a", 2, "not a size" },
	{ "run --memory 1g /nowhere", 1, "/nowhere" },
	{ "run --timeout -1 a", 2, "--timeout -1: not a number of seconds" },
	{ "run --timeout 1s a", 2, "not a number" },
	{ "run --timeout '' a", 2, "not a number" },
	{ "run --timeout 31536001 a", 2, "not a number" },
	{ "run --timeout 99999999999999999999 a", 2, "not a number" },
	{ "run --timeout 31536000 /nowhere", 1, "/nowhere: No such file" },
	{ "run --timeout 0 /nowhere", 1, "/nowhere: No such file" },
	{ "status --what", 2, "unknown option --what" },
	{ "status what", 2, "what: unexpected operand" },
	{ "exec image", 2, "image: unexpected operand" },
	{ "unload image --help", 2, "image: unexpected operand" },
	{ "generationd --help", 0, "--interval-us N" },
	{ "generationd x", 2, "unexpected operand" },
	{ "generationd --folder", 2, "--folder needs a value" },
	{ "generationd --interval-us 99", 2, "--interval-us 99: must be 100 to 1000000" },
	{ "generationd --interval-us 1000001", 2, "must be 100 to 1000000" },
	{ "generationd --interval-us 5ms", 2, "must be 100 to 1000000" },
	{ "run --handover direct a", 2, "--handover: run does not stage the image" },
	{ "load --handover hand a", 2, "must be freeze, direct, file or auto" },
	{ "run --handover auto a", 2, "--handover: run does not stage the image" },
	/* a kernel that refuses both ways says so first */
	{ "load --handover auto /nowhere", 1, "bardo: " },
	{ "load --handover direct --profile 1 a", 2,
	  "no EFI code runs, so nothing uses --profile" },
	{ "load --handover direct --addon b a", 2, "uses --addon" },
	{ "load --handover direct --credential b=c a", 2, "uses --credential" },
	{ "load --handover direct --esp b a", 2, "uses --esp" },
	{ "boot --handover direct --disk b a", 2, "uses --disk" },
	{ "run --disk-writable=x a", 2, "--disk-writable=x: must be force" },
	{ "run --disk-writable=force /nowhere", 1, "/nowhere" },
	{ "load --no-disks /nowhere", 1, "/nowhere: No such file" },
	{ "run --no-disks=x /nowhere", 2, "--no-disks" },
	{ "load --handover direct --no-firmware a", 2, "uses --no-firmware" },
	{ "boot --handover direct --framebuffer /nowhere", 1, "/nowhere: No such file" },
	{ "load --no-framebuffer /nowhere", 1, "/nowhere: No such file" },
	{ "run --no-framebuffer /nowhere", 1, "/nowhere: No such file" },
	{ "load --handover direct --esp-writable a", 2, "uses --esp-writable" },
	{ "boot --handover file --framebuffer /bin/sh", 1, "uses --framebuffer" },
	{ "boot --handover file --framebuffer --no-framebuffer /nowhere", 1, "No such file" },
	{ "load --handover file --profile 1 /nowhere", 1, "/nowhere: No such file" },
	{ "run --entry a b", 2, "--entry a: IMAGE is what runs" },
	{ "run --entry", 2, "--entry needs a value" },
	{ "load --cmdline a --reuse-cmdline b", 2, "--reuse-cmdline: --cmdline is what" },
	{ "load --reuse-cmdline /nowhere", 1, "/nowhere: No such file" },
	{ "run --esp /nowhere --entry a", 1, "/nowhere: No such file" },
	{ "load --esp /nowhere", 1, "/nowhere: No such file" },
	{ "run --trace=nothing a", 2, "--trace: 'nothing' is no service" },
	{ "run --trace= a", 2, "--trace: '' is no service" },
	{ "load --trace=!pool /nowhere", 1, "/nowhere: No such file" },
	{ "load --trace-summary /nowhere", 1, "/nowhere: No such file" },
	{ "load --json /nowhere", 2, "unknown option --json" },
	{ "run --json /nowhere", 1, "/nowhere: No such file" },
	{ "predict --json --pcrlock /nowhere", 2, "--json and --pcrlock: one of them" },
	{ "predict --pcrlock --json /nowhere", 2, "--json and --pcrlock: one of them" },
	{ "run --pcrlock /nowhere", 2, "unknown option --pcrlock" },
	{ "load --log /x /nowhere", 2, "unknown option --log" },
	{ "list what", 2, "what: unexpected operand" },
	{ "list --what", 2, "unknown option --what" },
	{ "list --json --esp", 2, "--esp needs a value" },
	{ "list --xbootldr ''", 2, "--xbootldr: the path of a folder is missing" },
	{ "list --esp /nowhere", 1, "/nowhere: No such file" },
	{ "list --xbootldr /nowhere", 1, "/nowhere: No such file" },
	{ "list --json --esp /proc/self", 0, "[]" },
	{ "unload --json", 2, "unknown option --json" },
};

static void check_row(const char *bardo, unsigned i)
{
	char command[512], text[4096];
	size_t n;
	FILE *f;
	int status;

	snprintf(command, sizeof(command), "'%s' %s 2>&1", bardo, rows[i].args);
	f = popen(command, "r");
	require(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	status = pclose(f);
	if (!check_msg(WIFEXITED(status) && WEXITSTATUS(status) == rows[i].status &&
			       strstr(text, rows[i].words),
		       "bardo %s", rows[i].args))
		printf("# status %#x, said %s\n", (unsigned)status, text);
}

static void check_many_initrds(const char *bardo)
{
	char command[4096] = "", text[512];
	FILE *f;
	size_t n = (size_t)sprintf(command, "'%s' run", bardo);

	for (unsigned i = 0; i < 65; i++)
		n += (size_t)sprintf(command + n, " --initrd f");
	strcpy(command + n, " a 2>&1");
	f = popen(command, "r");
	require(f);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	check(WEXITSTATUS(pclose(f)) == 2 && strstr(text, "--initrd: more than 64 of them"));
}

int main(int argc, char **argv)
{
	require(argc == 2);
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++)
		check_row(argv[1], i);
	check_many_initrds(argv[1]);
	return tap_done();
}
